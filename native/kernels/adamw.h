// One step of AdamW on one tensor (Loshchilov & Hutter 2019, algorithm 2), with
// eps and the corrections where torch.optim.AdamW has them.
#pragma once

#include "kernels/adamw_numbers.h"
#include "kernels/contract.h"

namespace xling {

//   g  = scale * grad[i]
//   m[i] = beta1 * m[i] + rest1 * g
//   v[i] = beta2 * v[i] + rest2 * g^2
//   w[i] = decay * w[i] - step_size * (m[i] / (sqrt(v[i]) / root_correction + eps))
// Every result is rounded, in this order, with rest2 * (g * g): the same bits on
// every ISA and in any company.
//
// w, m, v, grad  one shape, f32, each in memory of its own; w, m and v are
//                updated in place. m and v start as zeros.
// scale          finite: what clipping multiplies all gradients by
// numbers        from adamw_numbers(): betas 0 or above and below 1, their rests above
//                0 and at most 1, root_correction the same, step_size 0 or above, decay
//                finite, eps above 0
// A gradient that is NaN or infinite makes such weights; whoever clips looks first.
struct AdamW {
  Tensor w;
  Tensor m;
  Tensor v;
  Tensor grad;
  float scale = 1.0f;
  AdamWNumbers numbers;

  static constexpr char name[] = "adamw";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("w", op.w, Role::accumulate);
    visit("m", op.m, Role::accumulate);
    visit("v", op.v, Role::accumulate);
    visit("grad", op.grad, Role::in);
    visit("scale", op.scale);
    visit("beta1", op.numbers.beta1);
    visit("rest1", op.numbers.rest1);
    visit("beta2", op.numbers.beta2);
    visit("rest2", op.numbers.rest2);
    visit("stepSize", op.numbers.step_size);
    visit("rootCorrection", op.numbers.root_correction);
    visit("decay", op.numbers.decay);
    visit("eps", op.numbers.eps);
  }
};

void check(const AdamW& op);

}  // namespace xling
