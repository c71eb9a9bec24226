// A matrix with what a low-rank adapter adds to it (Hu et al. 2022, section 4.1),
// after which the layer needs no adapter. The sum over ranks is made first and
// then added, so that a small change of a large weight is rounded once.
#pragma once

#include "kernels/contract.h"

namespace xling {

//   y[n,k] = w[n,k] + scale * sum_r b[n,r] * a[r,k]
//
// a      [R, K]  f32
// b      [N, R]  f32
// w      [N, K]  in rows, or prepared in f32 or bf16
// y      [N, K]  as w is, in layout and storage; =, may be w itself, else apart from it; apart from a and b
// The sum is one chain from zero, r ascending, in f32; it is multiplied by scale
// and added in one step, and that is rounded to y's storage.
struct AdapterMerge {
  Tensor a;
  Tensor b;
  Weight w;
  Weight y;
  float scale = 1.0f;

  static constexpr char name[] = "adapter_merge";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("a", op.a, Role::in);
    visit("b", op.b, Role::in);
    visit("w", op.w, Role::in);
    visit("y", op.y, Role::assign);
    visit("scale", op.scale);
  }

  // Whether a prepared w may be of this storage: one whose numbers stand alone.
  static bool can_prepare(Storage storage) { return storage == Storage::f32 || storage == Storage::bf16; }
};

void check(const AdapterMerge& op);

}  // namespace xling
