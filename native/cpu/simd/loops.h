// The inner loops of every kernel for one ISA, as a table of functions. Above
// this table nothing knows which ISA runs; below it nothing else is compiled
// with an ISA's flags.
#pragma once

#include <cstdint>

#include "cpu/simd/attention_decode_loops.h"
#include "cpu/simd/attention_loops.h"
#include "cpu/simd/contrastive_loops.h"
#include "cpu/simd/cross_entropy_loops.h"
#include "cpu/simd/dropout_loops.h"
#include "cpu/simd/gemm_loops.h"
#include "cpu/simd/lora_linear_loops.h"
#include "cpu/simd/panel_loops.h"
#include "cpu/simd/sample_loops.h"
#include "kernels/activation.h"
#include "kernels/adamw.h"
#include "kernels/gated_activation.h"
#include "kernels/layer_norm.h"
#include "kernels/pool.h"
#include "kernels/rms_norm.h"
#include "kernels/rope.h"
#include "kernels/soft_cap.h"

namespace xling::simd {

struct RmsNormLoops {
  void (*forward)(const RmsNorm&, int64_t row_begin, int64_t row_end);
  void (*dx)(const RmsNormBackward&, int64_t row_begin, int64_t row_end);
  void (*dweight)(const RmsNormBackward&, int64_t column_begin, int64_t column_end);
};

struct LayerNormLoops {
  void (*forward)(const LayerNorm&, int64_t row_begin, int64_t row_end);
  void (*dx)(const LayerNormBackward&, int64_t row_begin, int64_t row_end);
  void (*parameters)(const LayerNormBackward&, int64_t column_begin, int64_t column_end);  // dweight, dbias
};

// Elements stand alone: any cut gives the same bits.
struct GatedActivationLoops {
  void (*forward)(const GatedActivation&, int64_t begin, int64_t end);
  void (*backward)(const GatedActivationBackward&, int64_t begin, int64_t end);
};

struct ActivationLoops {
  void (*forward)(const Activate&, int64_t begin, int64_t end);
  void (*backward)(const ActivateBackward&, int64_t begin, int64_t end);
};

struct SoftCapLoops {
  void (*forward)(const SoftCap&, int64_t begin, int64_t end);
  void (*backward)(const SoftCapBackward&, int64_t begin, int64_t end);
};

// Of rows whose offsets have been checked.
struct PoolLoops {
  void (*forward)(const Pool&, int64_t row_begin, int64_t row_end);
  void (*backward)(const PoolBackward&, int64_t row_begin, int64_t row_end);
};

// Of adapter_merge, by the storage of w and y.
struct MergeLoops {
  void (*f32)(const void* w, const float* x, float scale, void* y, int64_t count);
  void (*bf16)(const void* w, const float* x, float scale, void* y, int64_t count);
};

struct Loops {
  const char* isa;
  GemmLoops gemm;
  PanelLoops panels;  // of gemm.cols rows
  RmsNormLoops rms_norm_f32;
  RmsNormLoops rms_norm_bf16;
  LayerNormLoops layer_norm;
  CrossEntropyLoops cross_entropy;
  ContrastiveLoops contrastive;
  void (*rope)(const Rope&, int64_t token_begin, int64_t token_end);
  ActivationLoops activation;
  GatedActivationLoops gated_activation;
  SoftCapLoops soft_cap;
  PoolLoops pool;
  AttentionLoops attention;
  AttentionDecodeLoops attention_decode;
  SampleLoops sample;
  DropoutLoop dropout;
  LoraProductLoop lora_product;
  MergeLoops merge;
  void (*adamw)(const AdamW&, int64_t begin, int64_t end);  // elements stand alone, too
  double (*sum_of_squares)(const float* g, int64_t count);   // of grad_norm
};

extern const Loops portable;
#if defined(__x86_64__)
extern const Loops avx2;
extern const Loops avx512;
#endif

}  // namespace xling::simd
