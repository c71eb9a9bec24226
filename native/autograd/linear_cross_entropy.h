// Differentiable linear_cross_entropy: where a backward pass begins.
#pragma once

#include "autograd/linear.h"

namespace xling {

struct CrossEntropyTargets {
  Tensor labels;         // [R] i32
  float softcap = 0.0f;  // of the logits; 0: none
};

// loss [1] = the sum over x's rows [R, H] of -log p(label) under the head's
// logits. Nothing is recorded: what comes down to a sum of losses is always 1, so
// with a tape the gradients are made on the way. x.grad is overwritten, and not
// added to as by other ops, so x must have no other reader; those of the head are
// added to. Each only where it is present. lse [R] is a temporary.
void linear_cross_entropy(Pass& pass, const Variable& x, const LinearParameters& head, const CrossEntropyTargets& targets,
                          const Tensor& loss);

}  // namespace xling
