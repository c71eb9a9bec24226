#include "kernels/grad_norm.h"

namespace xling {

void check(const GradNorm& op) {
  if (op.g.absent()) fail(ErrorCode::invalid_shape, op.name, ": g is not given");
  expect_dtype(op.name, "g", op.g, DType::f32);
  expect_shape(op.name, "norm", op.norm, Shape{1});
  expect_dtype(op.name, "norm", op.norm, DType::f32);
  expect_apart(op.name, "norm", op.norm, op.g);
}

}  // namespace xling
