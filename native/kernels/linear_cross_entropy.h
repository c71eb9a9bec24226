// Token cross-entropy on top of a linear head, and its gradients, without the
// logits ever standing in memory as a whole.
#pragma once

#include "kernels/contract.h"

namespace xling {

// With z[r,v] = bias[v] + sum_k x[r,k] * w[v,k], soft-capped to cap * tanh(z / cap) where cap is not 0:
//   lse[r]  = log sum_v exp(z[r,v])
//   loss[0] = sum_r (lse[r] - z[r, labels[r]]),  in f64 over r ascending, rounded once
// and with g[r,v] = (exp(z[r,v] - lse[r]) - (v is labels[r])) * (1 - (z[r,v] / cap)²), the loss's gradient by the
// logit before its cap (the last factor where cap is not 0):
//   dx[r,k]   = sum_v g[r,v] * w[v,k]
//   dw[v,k]  += sum_r g[r,v] * x[r,k],  r ascending
//   dbias[v] += sum_r g[r,v],           r ascending
//
// x       [R, H]  f32
// w       [V, H]  V at least 1
// bias    [V]     f32, or absent
// labels  [R]     i32, each from 0 to V - 1; another is ERR_INVALID_ARGUMENT, at the latest where loss is read
// lse     [R]     f32; =
// loss    [1]     f32; =
// dx      [R, H]  f32, or absent; =
// dw      [V, H]  f32, or absent; +=
// dbias   [V]     f32, or absent, which it is where bias is; +=
// What is written lies over no input and nothing else that is written.
//
// lse[r] and dx[r] depend on row r alone, to the last bit; lse and loss are the
// same bits whichever gradients are asked for. On the CPU the vocabulary is
// taken in tiles of 4096, ascending; each adds exp(z - m) to a sum that is kept
// relative to the largest z so far, m (Milakov & Gimelshein 2018, alg. 3). dx
// alone is such a sum, too, of rows of w, and needs no second pass; dw and dbias
// do, and dx is then made in it, rounded otherwise. A tile of gradients takes the
// place of its logits, 4 MiB, and up to 4 MiB more are for packing it.
struct LinearCrossEntropy {
  Tensor x;
  Weight w;
  Tensor bias;
  Tensor labels;
  Tensor lse;
  Tensor loss;
  Tensor dx;
  Tensor dw;
  Tensor dbias;
  float softcap = 0.0f;

  static constexpr char name[] = "linear_cross_entropy";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("w", op.w, Role::in);
    visit("bias", op.bias, Role::in);
    visit("labels", op.labels, Role::in);
    visit("lse", op.lse, Role::assign);
    visit("loss", op.loss, Role::assign);
    visit("dx", op.dx, Role::assign);
    visit("dw", op.dw, Role::accumulate);
    visit("dbias", op.dbias, Role::accumulate);
    visit("softcap", op.softcap);
  }
};

void check(const LinearCrossEntropy& op);

}  // namespace xling
