// Root-mean-square norm of each row (Zhang & Sennrich 2019, eq. 4), with the
// gain stored plain (Llama, offset 0) or minus one (Gemma, offset 1).
#pragma once

#include "kernels/contract.h"

namespace xling {

//   rstd[t]  = 1 / sqrt(mean_d(x[t,d]^2) + eps)
//   y[t,d]   = residual[t,d] + x[t,d] * rstd[t] * (weight[d] + weight_offset)
//
// x, y      [T, D]  f32 or bf16, the same dtype; y = (may be x itself, or the residual)
// weight    [D]     f32
// rstd      [T]     f32; =, kept for backward; may be absent when nothing trains
// residual  [T, D]  of x's dtype, or absent; backward hands its gradient on as it came
// eps > 0. Sums and the product are f32 whatever x is. T may be 0, D may not.
struct RmsNorm {
  Tensor x;
  Tensor weight;
  Tensor y;
  Tensor rstd;
  float eps = 1e-6f;
  float weight_offset = 0.0f;
  Tensor residual = {};

  static constexpr char name[] = "rms_norm";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("weight", op.weight, Role::in);
    visit("y", op.y, Role::assign);
    visit("rstd", op.rstd, Role::assign);
    visit("eps", op.eps);
    visit("weightOffset", op.weight_offset);
    visit("residual", op.residual, Role::in);
  }
};

// With n[t,d] = x[t,d] * rstd[t] and g[t,d] = dy[t,d] * (weight[d] + weight_offset):
//   dx[t,d]    = or += rstd[t] * (g[t,d] - n[t,d] * mean_d(g[t,d] * n[t,d]))
//   dweight[d] += sum_t dy[t,d] * n[t,d]
//
// x, dy, dx  [T, D]  f32 or bf16, the same dtype; dx may be dy itself, or absent
// weight     [D]     f32
// rstd       [T]     f32, from RmsNorm
// dweight    [D]     f32; absent when the gain is frozen; rows are added in order
struct RmsNormBackward {
  Tensor x;
  Tensor weight;
  Tensor rstd;
  Tensor dy;
  Tensor dx;
  Tensor dweight;
  float weight_offset = 0.0f;
  Write dx_write = Write::assign;

  static constexpr char name[] = "rms_norm_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("weight", op.weight, Role::in);
    visit("rstd", op.rstd, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dx", op.dx, Role::assign_or_accumulate);
    visit("dweight", op.dweight, Role::accumulate);
    visit("weightOffset", op.weight_offset);
    visit("dxWrite", op.dx_write);
  }
};

void check(const RmsNorm& op);
void check(const RmsNormBackward& op);

}  // namespace xling
