#include "nn/mlp.h"

namespace xling {

void gated_mlp(Pass& pass, const Variable& x, const MlpParameters& p, const Adaptation& adaptation, const Stream& stream) {
  const Shape inner{x.value.shape[0], p.gate.own.weight.rows};
  const Variable gate = pass.activation(inner), up = pass.activation(inner);
  linear(pass, x, {p.gate, adaptation}, {}, gate);
  linear(pass, x, {p.up, adaptation}, {}, up);
  const Variable gated = pass.training() ? pass.activation(inner) : gate;
  gated_activation(pass, gate, up, gated, p.activation);
  join_residual(pass, gated, p.down, adaptation, stream);
}

}  // namespace xling
