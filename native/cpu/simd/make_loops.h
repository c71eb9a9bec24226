// Instantiates every kernel's loops for lanes V; a GEMM tile has TileRows rows
// and TileVectors vectors a row, as many as the ISA's registers hold.
#pragma once

#include "cpu/simd/activation.h"
#include "cpu/simd/adamw.h"
#include "cpu/simd/adapter_merge.h"
#include "cpu/simd/attention.h"
#include "cpu/simd/attention_backward.h"
#include "cpu/simd/attention_decode.h"
#include "cpu/simd/contrastive.h"
#include "cpu/simd/dropout.h"
#include "cpu/simd/gated_activation.h"
#include "cpu/simd/gemm_pack.h"
#include "cpu/simd/gemm_tile.h"
#include "cpu/simd/grad_norm.h"
#include "cpu/simd/layer_norm.h"
#include "cpu/simd/linear_cross_entropy.h"
#include "cpu/simd/lora_linear.h"
#include "cpu/simd/make_panel_loops.h"
#include "cpu/simd/pool.h"
#include "cpu/simd/rms_norm.h"
#include "cpu/simd/rope.h"
#include "cpu/simd/sample.h"
#include "cpu/simd/soft_cap.h"

namespace xling::simd {

template <class V, int TileRows, int TileVectors>
constexpr GemmLoops gemm_loops() {
  constexpr int cols = TileVectors * V::lanes;
  static_assert(cols <= max_tile_cols);
  return {TileRows, cols, &gemm_tile<V, TileRows, TileVectors>, &gemm_pack<V, TileRows>, &gemm_pack<V, cols>};
}

template <class V, int TileRows, int TileVectors>
constexpr Loops make_loops(const char* isa) {
  return {isa,
          gemm_loops<V, TileRows, TileVectors>(),
          panel_loops<V, TileVectors * V::lanes>(),
          rms_norm_loops<V, float>(),
          rms_norm_loops<V, bfloat16>(),
          layer_norm_loops<V>(),
          cross_entropy_loops<V>(),
          contrastive_loops<V>(),
          &rope<V>,
          activation_loops<V>(),
          gated_activation_loops<V>(),
          soft_cap_loops<V>(),
          pool_loops<V>(),
          attention_loops<V, TileRows, TileVectors>(),
          attention_decode_loops<V, TileRows, TileVectors>(),
          sample_loops<V>(),
          &dropout<V>,
          &lora_product<V>,
          merge_loops<V>(),
          &adamw<V>,
          &sum_of_squares<V>};
}

}  // namespace xling::simd
