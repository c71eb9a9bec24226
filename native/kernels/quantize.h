// A matrix into and out of its storage: rows cut into blocks along K, with
// scales of their own (core/storage.h; the NF4s' layout in core/nf4_layout.h).
#pragma once

#include "core/storage.h"
#include "kernels/contract.h"

namespace xling {

// Writes x in a storage. Per block b of x, with a = max_i |x[b,i]|:
//   f32, bf16, f16   x, rounded to nearest, ties to even
//   q8_0   d = a / 127;  q[i] = round(x[i] * (1/d)), half away from zero;  d kept as f16
//   q4_0   d = m / -8 for m the first x[i] with |x[i]| = a;  q[i] = min(15, floor(x[i] * (1/d) + 8.5))
//   nf4    q[i] = the code nearest to x[i] * (1 / max(a, 1e-38)), the lower one halfway;  a kept as f32
//   nf4d   as nf4; offset = mean_b a[b], and a[b] - offset is quantised in groups of 256 blocks:
//          with g = max_b |a[b] - offset|, the dynamic code nearest to (a[b] - offset) * (1/g), which
//          is first put on a grid of 2^16 points over [-1, 1]
// Where 1/d overflows (a under 2^-121) the codes are those of zeros: the f16
// scale is zero there, so any code would be.
//
// x       [N, K]  f32, finite: a NaN or an infinity spoils its block. K is a multiple of the block; N, K may be 0.
//                 An |x| above 127 * 65504 (q8_0) or 8 * 65504 (q4_0) gives an infinite scale.
// blocks  [storage_bytes(storage, N, K)]  u8; =
//
// Equal to the last bit: f32 to q4_0 to the quantisers of Python's gguf (and so
// ggml), nf4's codes and absmax to those of bitsandbytes on the CPU. nf4d's
// offset is summed in f64: bitsandbytes sums in f32 in an order that depends on
// the machine, so its offset may be an ulp or so away, the group absmaxes with
// it, and a nested code where a number lies on a border.
struct Quantize {
  Tensor x;
  Tensor blocks;
  Storage storage = Storage::f32;

  static constexpr char name[] = "quantize";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("blocks", op.blocks, Role::assign);
    visit("storage", op.storage);
  }
};

// y = the numbers that blocks hold, equal to the last bit to what Python's gguf
// and bitsandbytes (dequantize_4bit) make of the same bytes.
//
// blocks  [storage_bytes(storage, N, K)]  u8, of any storage
// y       [N, K]  f32; =
struct Dequantize {
  Tensor blocks;
  Tensor y;
  Storage storage = Storage::f32;

  static constexpr char name[] = "dequantize";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("blocks", op.blocks, Role::in);
    visit("y", op.y, Role::assign);
    visit("storage", op.storage);
  }
};

void check(const Quantize& op);
void check(const Dequantize& op);

}  // namespace xling
