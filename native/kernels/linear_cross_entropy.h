// Token cross-entropy on top of a linear head, without the logits ever
// standing in memory as a whole.
#pragma once

#include "kernels/contract.h"

namespace xling {

// With z[r,v] = bias[v] + sum_k x[r,k] * w[v,k], soft-capped to cap * tanh(z / cap) where cap is not 0:
//   lse[r]  = log sum_v exp(z[r,v])
//   loss[0] = sum_r (lse[r] - z[r, labels[r]]),  in f64 over r ascending, rounded once
//
// x       [R, H]  f32
// w       [V, H]  V at least 1
// bias    [V]     f32, or absent
// labels  [R]     i32, each from 0 to V - 1; another is ERR_INVALID_ARGUMENT, at the latest where loss is read
// lse     [R]     f32; =
// loss    [1]     f32; =
//
// lse[r] depends on row r alone, to the last bit. On the CPU the vocabulary is
// taken in tiles of 4096, ascending; each adds exp(z - m) to a sum that is kept
// relative to the largest z so far, m (Milakov & Gimelshein 2018, alg. 3).
struct LinearCrossEntropy {
  Tensor x;
  Weight w;
  Tensor bias;
  Tensor labels;
  Tensor lse;
  Tensor loss;
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
    visit("softcap", op.softcap);
  }
};

void check(const LinearCrossEntropy& op);

}  // namespace xling
