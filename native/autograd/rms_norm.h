// Differentiable rms_norm.
#pragma once

#include "autograd/pass.h"

namespace xling {

struct RmsNormOptions {
  float eps = 1e-6f;
  float weight_offset = 0.0f;  // 1: the gain is stored minus one (Gemma)
};

// y = rms_norm(x); y.value is given by the caller, [T, D] like x. With a tape,
// saves rstd [T] and references x, which must stay until backward; backward
// then adds to x.grad and gain.grad where they are present, from y.grad.
void rms_norm(Pass& pass, const Variable& x, const Parameter& gain, const Variable& y, const RmsNormOptions& options);

}  // namespace xling
