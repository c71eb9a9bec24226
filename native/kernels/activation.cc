#include "kernels/activation.h"

namespace xling {

namespace {

void check_matrix(const char* kernel, const Tensor& x) {
  if (x.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel, ": x is ", x.shape, " but must be [T, N]");
  expect_dtype(kernel, "x", x, DType::f32);
}

void check_like(const char* kernel, const char* tensor, const Tensor& got, const Tensor& x) {
  expect_shape(kernel, tensor, got, x.shape);
  expect_dtype(kernel, tensor, got, DType::f32);
}

}  // namespace

void check(const Activate& op) {
  check_matrix(op.name, op.x);
  check_like(op.name, "y", op.y, op.x);
  expect_choice(op.name, "activation", op.activation);
  expect_same_or_apart(op.name, "y", op.y, op.x);
}

void check(const ActivateBackward& op) {
  check_matrix(op.name, op.x);
  check_like(op.name, "dy", op.dy, op.x);
  check_like(op.name, "dx", op.dx, op.x);
  expect_choice(op.name, "activation", op.activation);
  expect_choice(op.name, "dxWrite", op.dx_write);
  for (const Tensor* input : {&op.x, &op.dy}) expect_same_or_apart(op.name, "dx", op.dx, *input);
}

}  // namespace xling
