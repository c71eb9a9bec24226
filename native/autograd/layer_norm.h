// Differentiable layer_norm.
#pragma once

#include "autograd/pass.h"

namespace xling {

struct LayerNormParameters {
  Parameter gain;  // [D]
  Parameter bias;  // [D]; value absent: none
  float eps = 1e-12f;
};

// y = layer_norm(x); y.value is given by the caller, [T, D] like x. With a tape,
// saves mean and rstd [T] and references x, which must stay until backward, so
// that y lies apart from it; backward then adds to x.grad and the parameters'
// gradients where they are present, from y.grad. Where x.grad and y.grad are the
// same memory, x.grad is written over y.grad: for an x without another reader.
// Without a tape y may be x itself.
void layer_norm(Pass& pass, const Variable& x, const LayerNormParameters& norm, const Variable& y);

}  // namespace xling
