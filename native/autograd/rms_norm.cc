#include "autograd/rms_norm.h"

namespace xling {

void rms_norm(Pass& pass, const Variable& x, const RmsNormParameters& norm, const Tensor& residual, const Variable& y) {
  const Parameter& gain = norm.gain;
  const size_t saved_from = pass.arena.left();
  const bool upstream = !x.grad.absent() || !gain.grad.absent();
  const bool differentiable = pass.training() && upstream;
  const Tensor rstd = differentiable ? pass.push_left({x.value.shape[0]}, DType::f32) : Tensor{};

  pass.backend.run(RmsNorm{x.value, gain.value, y.value, rstd, norm.eps, norm.weight_offset, residual});
  if (!differentiable) return;

  pass.tape->record(saved_from, [&backend = pass.backend, x, gain, y, rstd, offset = norm.weight_offset] {
    backend.run(RmsNormBackward{x.value, gain.value, rstd, y.grad, x.grad, gain.grad, offset, Write::accumulate});
  });
}

}  // namespace xling
