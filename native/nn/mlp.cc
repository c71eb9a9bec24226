#include "nn/mlp.h"

namespace xling {

Variable gated_mlp(Pass& pass, const Variable& x, const GatedMlpParameters& p, const Adaptation& adaptation) {
  const Shape inner{x.value.shape[0], p.gate.own.weight.rows};
  const Variable gate = pass.activation(inner), up = pass.activation(inner);
  linear(pass, x, {p.gate, adaptation}, {}, gate);
  linear(pass, x, {p.up, adaptation}, {}, up);
  const Variable gated = pass.training() ? pass.activation(inner) : gate;
  gated_activation(pass, gate, up, gated, p.activation);
  return gated;
}

Variable plain_mlp(Pass& pass, const Variable& x, const PlainMlpParameters& p, const Adaptation& adaptation) {
  const Shape inner{x.value.shape[0], p.up.own.weight.rows};
  const Variable up = pass.activation(inner);
  linear(pass, x, {p.up, adaptation}, {}, up);
  const Variable activated = pass.training() ? pass.activation(inner) : up;
  activate(pass, up, activated, p.activation);
  return activated;
}

}  // namespace xling
