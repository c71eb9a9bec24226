#include "nn/mlp.h"

namespace xling {

void gated_mlp(Pass& pass, const Variable& x, const MlpParameters& parameters, const Stream& stream) {
  const Shape inner{x.value.shape[0], parameters.gate.weight.rows};
  const Variable gate = pass.activation(inner), up = pass.activation(inner);
  linear(pass, x, parameters.gate, {}, gate);
  linear(pass, x, parameters.up, {}, up);
  const Variable gated = pass.training() ? pass.activation(inner) : gate;
  gated_activation(pass, gate, up, gated, parameters.activation);
  join_residual(pass, gated, parameters.down, stream);
}

}  // namespace xling
