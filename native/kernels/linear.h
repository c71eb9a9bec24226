// A linear layer and its two gradients. The weight is [out, in], as the
// ecosystem's files have it, in any storage: quantised weights are decoded in
// small tiles on the way to the multiplier and never as a whole.
#pragma once

#include "kernels/contract.h"

namespace xling {

// Every output is one chain of fused multiply-adds over the summed index,
// ascending, from its starting value: equal bits however rows are batched.

//   y[t,n] = residual[t,n] + bias[n] + sum_k x[t,k] * w[n,k]
//
// x         [T, K]  f32
// w         [N, K]
// bias      [N]     f32, or absent
// residual  [T, N]  f32, or absent; may be y itself: then y is added to
// y         [T, N]  f32; =, lies over no other input
struct Linear {
  Tensor x;
  Weight w;
  Tensor bias;
  Tensor residual;
  Tensor y;

  static constexpr char name[] = "linear";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("w", op.w, Role::in);
    visit("bias", op.bias, Role::in);
    visit("residual", op.residual, Role::in);
    visit("y", op.y, Role::assign);
  }
};

//   dx[t,k] = or += sum_n dy[t,n] * w[n,k]
//
// dy  [T, N]  f32
// w   [N, K]
// dx  [T, K]  f32; lies over neither input
struct LinearInputGrad {
  Tensor dy;
  Weight w;
  Tensor dx;
  Write dx_write = Write::assign;

  static constexpr char name[] = "linear_input_grad";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("dy", op.dy, Role::in);
    visit("w", op.w, Role::in);
    visit("dx", op.dx, Role::assign_or_accumulate);
    visit("dxWrite", op.dx_write);
  }
};

//   dw[n,k]  += sum_t dy[t,n] * x[t,k]
//   dbias[n] += sum_t dy[t,n]
//
// x      [T, K]  f32
// dy     [T, N]  f32
// dw     [N, K]  f32, or absent; lies over neither input
// dbias  [N]     f32, or absent
struct LinearWeightGrad {
  Tensor x;
  Tensor dy;
  Tensor dw;
  Tensor dbias;

  static constexpr char name[] = "linear_weight_grad";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dw", op.dw, Role::accumulate);
    visit("dbias", op.dbias, Role::accumulate);
  }
};

void check(const Linear& op);
void check(const LinearInputGrad& op);
void check(const LinearWeightGrad& op);

}  // namespace xling
