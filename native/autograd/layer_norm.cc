#include "autograd/layer_norm.h"

namespace xling {

void layer_norm(Pass& pass, const Variable& x, const LayerNormParameters& norm, const Variable& y) {
  const auto& [gain, bias, eps] = norm;
  const bool differentiable = pass.training() && !(x.grad.absent() && gain.grad.absent() && bias.grad.absent());
  if (differentiable) expect_apart(LayerNorm::name, "y", y.value, x.value);
  const size_t saved_from = pass.arena.left();
  const Shape column{x.value.shape[0]};
  const Tensor mean = differentiable ? pass.push_left(column, DType::f32) : Tensor{};
  const Tensor rstd = differentiable ? pass.push_left(column, DType::f32) : Tensor{};

  pass.backend.run(LayerNorm{x.value, gain.value, bias.value, y.value, mean, rstd, eps});
  if (!differentiable) return;

  const Write dx_write = x.grad.data == y.grad.data ? Write::assign : Write::accumulate;
  pass.tape->record(saved_from, [&backend = pass.backend, x, gain, bias, mean, rstd, dy = y.grad, dx_write] {
    backend.run(LayerNormBackward{x.value, gain.value, mean, rstd, dy, x.grad, gain.grad, bias.grad, dx_write});
  });
}

}  // namespace xling
