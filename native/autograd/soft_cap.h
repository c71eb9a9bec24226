// Differentiable soft_cap.
#pragma once

#include "autograd/pass.h"

namespace xling {

// y = cap * tanh(x / cap); y.value is given by the caller, [T, N] like x, and
// may be x.value itself. With a tape, saves nothing and references y, which must
// stay until backward; backward then adds to x.grad from y.grad.
void soft_cap(Pass& pass, const Variable& x, const Variable& y, float cap);

}  // namespace xling
