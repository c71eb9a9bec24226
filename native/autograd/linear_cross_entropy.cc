#include "autograd/linear_cross_entropy.h"

namespace xling {

void linear_cross_entropy(Pass& pass, const Variable& x, const LinearParameters& head, const CrossEntropyTargets& targets,
                          const Tensor& loss) {
  ArenaScope scope(pass.arena);
  Tensor lse{nullptr, targets.labels.shape, DType::f32};
  lse.data = pass.arena.push_right(lse.bytes());
  LinearCrossEntropy op{};
  op.x = x.value, op.w = head.weight, op.bias = head.bias.value;
  op.labels = targets.labels, op.softcap = targets.softcap;
  op.lse = lse, op.loss = loss;
  if (pass.training()) op.dx = x.grad, op.dw = head.weight_grad, op.dbias = head.bias.grad;
  pass.backend.run(op);
}

}  // namespace xling
