#include "autograd/lora_linear.h"

#include <optional>

namespace xling {

namespace {

// What is kept of x, scaled; x itself without a mask.
Tensor dropped(const Pass& pass, const Tensor& x, const std::optional<DropoutMask>& mask) {
  if (!mask) return x;
  const Tensor kept = pass.push_right(x.shape, DType::f32);
  pass.backend.run(dropout_by(*mask, x, kept, Write::assign));
  return kept;
}

void backward(const Pass& pass, const LoraLinearBackward& op, const std::optional<DropoutMask>& mask) {
  const ArenaScope temporaries(pass.arena);
  LoraLinearBackward own = op;
  own.x = dropped(pass, op.x, mask);
  own.du = pass.push_right(op.u.shape, DType::f32);
  if (op.dx.absent() || !mask) return pass.backend.run(own);
  own.dx = pass.push_right(op.x.shape, DType::f32);
  pass.backend.zero(own.dx.data, own.dx.bytes());
  pass.backend.run(own);
  pass.backend.run(dropout_by(*mask, own.dx, op.dx, Write::accumulate));
}

}  // namespace

void lora_linear(Pass& pass, const Variable& x, const LoraParameters& lora, const DropoutMask* given, const Variable& y) {
  const auto& [a, b, scale] = lora;
  const std::optional<DropoutMask> mask = given ? std::optional(*given) : std::nullopt;
  const Shape inner{x.value.shape[0], a.value.shape[0]};
  const bool differentiable = pass.training() && !(x.grad.absent() && a.grad.absent() && b.grad.absent());
  const size_t saved_from = pass.arena.left();
  const ArenaScope temporaries(pass.arena);
  const Tensor u = differentiable ? pass.push_left(inner, DType::f32) : pass.push_right(inner, DType::f32);
  pass.backend.run(LoraLinear{dropped(pass, x.value, mask), a.value, b.value, u, y.value, scale});
  if (!differentiable) return;

  pass.tape->record(saved_from, [pass, x, lora, mask, y, u] {
    const auto& [a, b, scale] = lora;
    backward(pass, {x.value, a.value, b.value, u, y.grad, {}, a.grad, b.grad, x.grad, scale}, mask);
  });
}

}  // namespace xling
