// Dropout (Srivastava et al. 2014, in the inverted form): features are dropped at
// random and the others scaled, so that nothing changes in the mean.
#pragma once

#include "core/philox.h"
#include "kernels/contract.h"

namespace xling {

//   y[t,d] = or += residual[t,d] + x[t,d] * (kept(t,d) ? 1 / (1 - rate) : 0)
//
//   kept(t,d)  word >= rate * 2^32, that rounded to the nearest, with
//   word = RandomStream({seed, RandomPurpose::dropout, op, step, view, key}).words(place, d / 4)[d % 4]
// where `key` and `view` are those of t's row and `place` is t's place in that row. The mask
// depends on nothing else: not on the batch, the threads or the ISA. The factor
// is rounded to f32, then the product, then its sum with y or the residual: the same bits on every ISA.
//
// The factor does not depend on x, so backward is the same contract with the
// same numbers, dx += dropout(dy): the mask is drawn again and never kept.
//
// x, y       [T, D]  f32; y may be x itself. T and D may be 0.
// offsets    [B+1]   i32: 0, none below the one before it, at last T
// keys       [B, 3]  i32: the row's key, low and high words of 64 bits, and its view (core/philox.h)
// residual   [T, D]  f32, or absent: none; only where y is written, =, and it may be y itself
// rate       0 or above and below 1; 0 keeps everything
// The other numbers may be anything: their bits count, as those of unsigned numbers.
struct Dropout {
  Tensor x;
  Tensor offsets;
  Tensor keys;
  Tensor y;
  int32_t seed_low = 0;
  int32_t seed_high = 0;
  int32_t op = 0;
  int32_t step = 0;
  float rate = 0.0f;
  Write y_write = Write::assign;
  Tensor residual = {};

  static constexpr char name[] = "dropout";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("offsets", op.offsets, Role::in);
    visit("keys", op.keys, Role::in);
    visit("y", op.y, Role::assign_or_accumulate);
    visit("seedLow", op.seed_low);
    visit("seedHigh", op.seed_high);
    visit("op", op.op);
    visit("step", op.step);
    visit("rate", op.rate);
    visit("yWrite", op.y_write);
    visit("residual", op.residual, Role::in);
  }
};

void check(const Dropout& op);

// A word at or above it keeps its feature.
uint32_t dropout_threshold(float rate);
// 1 / (1 - rate)
float dropout_factor(float rate);

}  // namespace xling
