// Differentiable gated_activation.
#pragma once

#include "autograd/pass.h"

namespace xling {

// y = act(gate) * up; y.value is given by the caller, [T, N] like both. With a
// tape, saves nothing and references gate and up, which must stay until
// backward, so that y lies over neither; backward adds to gate.grad and up.grad
// where they are present, from y.grad. Without a tape y may be gate or up itself.
void gated_activation(Pass& pass, const Variable& gate, const Variable& up, const Variable& y, Activation activation);

}  // namespace xling
