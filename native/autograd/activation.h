// Differentiable activation.
#pragma once

#include "autograd/pass.h"

namespace xling {

// y = act(x); y.value is given by the caller, [T, N] like x. With a tape, saves
// nothing and references x, which must stay until backward, so that y lies apart
// from it; backward adds to x.grad from y.grad, which lies apart from it.
// Without a tape y may be x itself.
void activate(Pass& pass, const Variable& x, const Variable& y, Activation activation);

}  // namespace xling
