// Differentiable lora_linear.
#pragma once

#include "autograd/dropout.h"

namespace xling {

// An adapter's factors of one linear layer.
struct LoraParameters {
  Parameter a;  // [R, K]
  Parameter b;  // [N, R]
  float scale = 1.0f;
};

// y += scale * d(x)·aᵀ·bᵀ; x.value [T, K], y.value [T, N]; d drops features by the
// mask, and none if that is null. With a tape, saves [T, R] and references x,
// which must stay until backward; backward adds to x.grad and the factors'
// gradients where they are present, from y.grad.
void lora_linear(Pass& pass, const Variable& x, const LoraParameters& lora, const DropoutMask* mask, const Variable& y);

}  // namespace xling
