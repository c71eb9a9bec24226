// Layer norm of each row (Ba et al. 2016, eq. 4).
#pragma once

#include "kernels/contract.h"

namespace xling {

//   mean[t] = mean_d(x[t,d]);  rstd[t] = 1 / sqrt(mean_d((x[t,d] - mean[t])^2) + eps)
//   y[t,d]  = (x[t,d] - mean[t]) * rstd[t] * weight[d] + bias[d]
//
// x, y        [T, D]  f32; y = (may be x itself)
// weight      [D]     f32
// bias        [D]     f32, or absent: none
// mean, rstd  [T]     f32; =, kept for backward; both may be absent when nothing trains
// eps > 0. T may be 0, D may not. The variance is of differences from the mean, not
// a difference of sums: a row far from zero keeps its digits.
struct LayerNorm {
  Tensor x;
  Tensor weight;
  Tensor bias;
  Tensor y;
  Tensor mean;
  Tensor rstd;
  float eps = 1e-12f;

  static constexpr char name[] = "layer_norm";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("weight", op.weight, Role::in);
    visit("bias", op.bias, Role::in);
    visit("y", op.y, Role::assign);
    visit("mean", op.mean, Role::assign);
    visit("rstd", op.rstd, Role::assign);
    visit("eps", op.eps);
  }
};

// With n[t,d] = (x[t,d] - mean[t]) * rstd[t] and g[t,d] = dy[t,d] * weight[d]:
//   dx[t,d]    = or += rstd[t] * (g[t,d] - mean_d(g[t,d]) - n[t,d] * mean_d(g[t,d] * n[t,d]))
//   dweight[d] += sum_t dy[t,d] * n[t,d]
//   dbias[d]   += sum_t dy[t,d]
//
// x, dy, dx      [T, D]  f32; dx may be dy itself, or absent
// weight         [D]     f32
// mean, rstd     [T]     f32, from LayerNorm
// dweight, dbias [D]     f32; each absent where it is frozen; rows are added in order
struct LayerNormBackward {
  Tensor x;
  Tensor weight;
  Tensor mean;
  Tensor rstd;
  Tensor dy;
  Tensor dx;
  Tensor dweight;
  Tensor dbias;
  Write dx_write = Write::assign;

  static constexpr char name[] = "layer_norm_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("weight", op.weight, Role::in);
    visit("mean", op.mean, Role::in);
    visit("rstd", op.rstd, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dx", op.dx, Role::assign_or_accumulate);
    visit("dweight", op.dweight, Role::accumulate);
    visit("dbias", op.dbias, Role::accumulate);
    visit("dxWrite", op.dx_write);
  }
};

void check(const LayerNorm& op);
void check(const LayerNormBackward& op);

}  // namespace xling
