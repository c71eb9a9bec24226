#include "autograd/linear.h"

namespace xling {

void linear(Pass& pass, const Variable& x, const LinearParameters& parameters, const Tensor& residual, const Variable& y) {
  pass.backend.run(Linear{x.value, parameters.weight, parameters.bias.value, residual, y.value});
  const bool learns = !parameters.weight_grad.absent() || !parameters.bias.grad.absent();
  if (!pass.training() || (x.grad.absent() && !learns)) return;

  pass.tape->record(pass.arena.left(), [&backend = pass.backend, x, parameters, y, learns] {
    if (!x.grad.absent()) backend.run(LinearInputGrad{y.grad, parameters.weight, x.grad, Write::accumulate});
    if (learns)
      backend.run(LinearWeightGrad{x.value, y.grad, parameters.weight_grad, parameters.bias.grad});
  });
}

}  // namespace xling
