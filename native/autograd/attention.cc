#include "autograd/attention.h"

namespace xling {

void attention(Pass& pass, const AttentionInputs& inputs, const Variable& y, const AttentionOptions& options) {
  const auto& [q, k, v, offsets] = inputs;
  const size_t saved_from = pass.arena.left();
  const bool upstream = !q.grad.absent() || !k.grad.absent() || !v.grad.absent();
  const bool differentiable = pass.training() && upstream;
  const Tensor lse = differentiable ? pass.push_left({q.value.shape[0], q.value.shape[1]}, DType::f32) : Tensor{};

  pass.backend.run(Attention{q.value, k.value, v.value, offsets, y.value, lse, options.scale, options.before, options.after,
                             attention_dropout_by(options.dropout)});
  if (!differentiable) return;

  pass.tape->record(saved_from, [&backend = pass.backend, inputs, y, lse, options] {
    const auto& [q, k, v, offsets] = inputs;
    backend.run(AttentionBackward{q.value, k.value, v.value, offsets, y.value, lse, y.grad, q.grad, k.grad, v.grad, options.scale,
                                  options.before, options.after, attention_dropout_by(options.dropout)});
  });
}

}  // namespace xling
