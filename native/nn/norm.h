// The norm layer that a model's spec asks for.
#pragma once

#include "autograd/rms_norm.h"

namespace xling {

struct Norm {
  Parameter gain;
  RmsNormOptions options;

  void forward(Pass& pass, const Variable& x, const Variable& y) const { rms_norm(pass, x, gain, y, options); }
};

}  // namespace xling
