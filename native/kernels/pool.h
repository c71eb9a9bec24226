// One vector for each row of tokens.
#pragma once

#include "kernels/contract.h"

namespace xling {

// The first token's, the mean of all tokens', or each feature's largest.
enum class Pooling : int32_t { first = 0, mean = 1, max = 2 };

template <>
struct Choices<Pooling> {
  static constexpr const char* names[] = {"first", "mean", "max"};
};

// Row b is tokens offsets[b] … offsets[b+1]-1.
//   first  y[b,d] = or += scale * x[offsets[b],d]
//   mean   y[b,d] = or += scale * sum_t x[t,d] / tokens of b,  t ascending
//   max    y[b,d] = or += scale * max_t x[t,d]
// A row without tokens pools to zeros.
//
// x        [T, D]  f32
// offsets  [B+1]   i32: 0 first, T last, never falling; other offsets are ERR_INVALID_ARGUMENT when it runs on the CPU
// y        [B, D]  f32; lies over no input
// T, B and D may be 0. A NaN among a row's tokens makes its feature NaN, of max too.
struct Pool {
  Tensor x;
  Tensor offsets;
  Tensor y;
  Pooling pooling = Pooling::mean;
  float scale = 1.0f;
  Write y_write = Write::assign;

  static constexpr char name[] = "pool";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("offsets", op.offsets, Role::in);
    visit("y", op.y, Role::assign_or_accumulate);
    visit("pooling", op.pooling);
    visit("scale", op.scale);
    visit("yWrite", op.y_write);
  }
};

//   first  dx[offsets[b],d] += scale * dy[b,d]
//   mean   dx[t,d]          += scale * dy[b,d] / tokens of b,  for all t of b
//   max    dx[t*,d]         += scale * dy[b,d],  t* the first token of b with its largest x[t,d];
//                                                where that is NaN, the first token of b
//
// x        [T, D]  f32; read by max alone
// offsets  as above
// dy       [B, D]  f32
// dx       [T, D]  f32; +=, lies over no input
struct PoolBackward {
  Tensor x;
  Tensor offsets;
  Tensor dy;
  Tensor dx;
  Pooling pooling = Pooling::mean;
  float scale = 1.0f;

  static constexpr char name[] = "pool_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("offsets", op.offsets, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dx", op.dx, Role::accumulate);
    visit("pooling", op.pooling);
    visit("scale", op.scale);
  }
};

void check(const Pool& op);
void check(const PoolBackward& op);

}  // namespace xling
