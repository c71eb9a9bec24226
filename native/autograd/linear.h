// Differentiable linear.
#pragma once

#include "autograd/pass.h"

namespace xling {

// A weight [N, K] and, while it trains, where its gradient is added; a bias may train alone.
struct LinearParameters {
  Weight weight;
  Tensor weight_grad;  // [N, K] f32; absent while it is frozen
  Parameter bias;      // [N]; value absent: none
};

// y = residual + x·wᵀ + bias; y.value is given by the caller, [T, N]. The
// residual may be absent, or y itself when nothing trains. Backward adds to
// x.grad and the parameters' gradients where they are present, from y.grad. The
// residual's gradient is y's: whoever adds a residual gives both the same memory.
void linear(Pass& pass, const Variable& x, const LinearParameters& parameters, const Tensor& residual, const Variable& y);

}  // namespace xling
