// Differentiable rms_norm.
#pragma once

#include "autograd/pass.h"

namespace xling {

struct RmsNormParameters {
  Parameter gain;  // [D]
  float eps = 1e-6f;
  float weight_offset = 0.0f;  // 1: the gain is stored minus one (Gemma)
};

// y = residual + rms_norm(x); y.value is given by the caller, [T, D] like x. The
// residual may be absent, or y itself. With a tape, saves rstd [T] and references
// x, which must stay until backward; backward then adds to x.grad and gain.grad
// where they are present, from y.grad, which is the residual's too.
void rms_norm(Pass& pass, const Variable& x, const RmsNormParameters& norm, const Tensor& residual, const Variable& y);

}  // namespace xling
