// The length of a gradient, for clipping (Pascanu et al. 2013) and for logs.
#pragma once

#include "kernels/contract.h"

namespace xling {

//   norm[0] = sqrt(sum_i g[i]^2)
//
// g     any shape, f32; empty gives 0
// norm  [1]  f32; =, apart from g
// Squares and sums are f64, where neither overflows; the norm itself is rounded to
// f32, so beyond its largest number it is infinite. NaN in g makes NaN of it,
// infinity without NaN infinity: whoever reads it reports that.
struct GradNorm {
  Tensor g;
  Tensor norm;

  static constexpr char name[] = "grad_norm";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("g", op.g, Role::in);
    visit("norm", op.norm, Role::assign);
  }
};

void check(const GradNorm& op);

}  // namespace xling
