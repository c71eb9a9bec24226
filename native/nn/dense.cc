#include "nn/dense.h"

namespace xling {

void dense(Pass& pass, const Variable& x, const DenseParameters& p, const Variable& y) {
  if (!p.activation) return linear(pass, x, p.own, {}, y);
  const Variable inner = pass.training() ? pass.activation(y.value.shape) : y;
  linear(pass, x, p.own, {}, inner);
  activate(pass, inner, y, *p.activation);
}

}  // namespace xling
