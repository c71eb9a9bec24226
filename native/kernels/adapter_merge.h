// A matrix with what a low-rank adapter adds to it (Hu et al. 2022, section 4.1),
// after which the layer needs no adapter. The sum over ranks is made first and
// then added, so that a small change of a large weight is rounded once.
#pragma once

#include "kernels/contract.h"

namespace xling {

//   w[n,k] += scale * sum_r b[n,r] * a[r,k]
//
// a      [R, K]  f32
// b      [N, R]  f32
// w      [N, K]  f32; +=, apart from a and b
// The sum is one chain from zero, r ascending; it is multiplied by scale and added in one step.
struct AdapterMerge {
  Tensor a;
  Tensor b;
  Tensor w;
  float scale = 1.0f;

  static constexpr char name[] = "adapter_merge";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("a", op.a, Role::in);
    visit("b", op.b, Role::in);
    visit("w", op.w, Role::accumulate);
    visit("scale", op.scale);
  }
};

void check(const AdapterMerge& op);

}  // namespace xling
