#include "autograd/gated_activation.h"

namespace xling {

void gated_activation(Pass& pass, const Variable& gate, const Variable& up, const Variable& y, Activation activation) {
  const bool differentiable = pass.training() && !(gate.grad.absent() && up.grad.absent());
  if (differentiable)
    for (const Tensor* kept : {&gate.value, &up.value}) expect_apart(GatedActivation::name, "y", y.value, *kept);

  pass.backend.run(GatedActivation{gate.value, up.value, y.value, activation});
  if (!differentiable) return;

  pass.tape->record(pass.arena.left(), [&backend = pass.backend, gate, up, dy = y.grad, activation] {
    backend.run(GatedActivationBackward{gate.value, up.value, dy, gate.grad, up.grad, activation, Write::accumulate});
  });
}

}  // namespace xling
