// Differentiable rope.
#pragma once

#include "autograd/pass.h"

namespace xling {

// What RopeTable made, [T, D/2] each; shared by all layers of one kind.
struct RopeAngles {
  Tensor cos;
  Tensor sin;
};

// y = rope(x); y.value is given by the caller, [T, H, D] like x, and may be
// x.value itself. With a tape, saves nothing and references the angles, which
// must stay until backward; backward adds y.grad, turned back, to x.grad, which
// lies apart from it.
void rope(Pass& pass, const Variable& x, const RopeAngles& angles, const Variable& y);

}  // namespace xling
