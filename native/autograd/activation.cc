#include "autograd/activation.h"

namespace xling {

void activate(Pass& pass, const Variable& x, const Variable& y, Activation activation) {
  const bool differentiable = pass.training() && !x.grad.absent();
  if (differentiable) {
    expect_apart(Activate::name, "y", y.value, x.value);
    expect_apart(ActivateBackward::name, "dx", x.grad, y.grad);
  }

  pass.backend.run(Activate{x.value, y.value, activation});
  if (!differentiable) return;

  pass.tape->record(pass.arena.left(), [&backend = pass.backend, x, dy = y.grad, activation] {
    backend.run(ActivateBackward{x.value, dy, x.grad, activation, Write::accumulate});
  });
}

}  // namespace xling
