// One linear layer behind an encoder: its pooler, or the beginning of a head.
#pragma once

#include <optional>

#include "autograd/activation.h"
#include "autograd/linear.h"

namespace xling {

struct DenseParameters {
  LinearParameters own;
  std::optional<Activation> activation;  // none: what the linear layer gives
};

// y = activation(own(x)); y.value is given by the caller, [R, outputs].
void dense(Pass& pass, const Variable& x, const DenseParameters& parameters, const Variable& y);

}  // namespace xling
