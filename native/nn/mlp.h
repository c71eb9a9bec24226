// The gated MLP of a decoder.
#pragma once

#include "autograd/gated_activation.h"
#include "nn/residual.h"

namespace xling {

struct MlpParameters {
  LinearLayer gate, up;
  WayBack down;
  Activation activation;
};

// Adds down(activation(gate(x)) * up(x)) to the stream, x [T, H] normed already.
void gated_mlp(Pass& pass, const Variable& x, const MlpParameters& parameters, const Adaptation& adaptation, const Stream& stream);

}  // namespace xling
