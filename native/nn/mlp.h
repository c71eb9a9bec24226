// The wide middle of a block's MLP.
#pragma once

#include "autograd/activation.h"
#include "autograd/gated_activation.h"
#include "nn/linear.h"

namespace xling {

struct GatedMlpParameters {
  LinearLayer gate, up;
  Activation activation;
};

// activation(gate(x)) * up(x), of x [T, H].
Variable gated_mlp(Pass& pass, const Variable& x, const GatedMlpParameters& parameters, const Adaptation& adaptation);

struct PlainMlpParameters {
  LinearLayer up;
  Activation activation;
};

// activation(up(x))
Variable plain_mlp(Pass& pass, const Variable& x, const PlainMlpParameters& parameters, const Adaptation& adaptation);

}  // namespace xling
