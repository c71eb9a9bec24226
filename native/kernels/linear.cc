#include "kernels/linear.h"

namespace xling {

namespace {

void check_matrix(const char* kernel, const char* tensor, const Tensor& got) {
  if (got.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but must be a matrix");
  expect_dtype(kernel, tensor, got, DType::f32);
}

void check_like(const char* kernel, const char* tensor, const Tensor& got, const Shape& want) {
  expect_shape(kernel, tensor, got, want);
  expect_dtype(kernel, tensor, got, DType::f32);
}

}  // namespace

void check(const Linear& op) {
  check_matrix(op.name, "x", op.x);
  check_matrix(op.name, "y", op.y);
  const int64_t rows = op.x.shape[0], inputs = op.x.shape[1], outputs = op.y.shape[1];
  check_like(op.name, "y", op.y, {rows, outputs});
  expect_weight(op.name, "w", op.w, {outputs, inputs});
  if (!op.bias.absent()) check_like(op.name, "bias", op.bias, {outputs});
  if (!op.residual.absent()) check_like(op.name, "residual", op.residual, {rows, outputs});
  for (const Tensor* input : {&op.x, &op.bias}) expect_apart(op.name, "y", op.y, *input);
  if (op.residual.data != op.y.data) expect_apart(op.name, "y", op.y, op.residual);
  expect_apart(op.name, "y", op.y, op.w);
}

void check(const LinearInputGrad& op) {
  check_matrix(op.name, "dy", op.dy);
  check_matrix(op.name, "dx", op.dx);
  const int64_t rows = op.dy.shape[0], outputs = op.dy.shape[1], inputs = op.dx.shape[1];
  check_like(op.name, "dx", op.dx, {rows, inputs});
  expect_weight(op.name, "w", op.w, {outputs, inputs});
  expect_choice(op.name, "dxWrite", op.dx_write);
  expect_apart(op.name, "dx", op.dx, op.dy);
  expect_apart(op.name, "dx", op.dx, op.w);
}

void check(const LinearWeightGrad& op) {
  check_matrix(op.name, "x", op.x);
  check_matrix(op.name, "dy", op.dy);
  const int64_t inputs = op.x.shape[1], outputs = op.dy.shape[1];
  check_like(op.name, "dy", op.dy, {op.x.shape[0], outputs});
  if (!op.dw.absent()) check_like(op.name, "dw", op.dw, {outputs, inputs});
  if (!op.dbias.absent()) check_like(op.name, "dbias", op.dbias, {outputs});
  for (const Tensor* input : {&op.x, &op.dy}) expect_apart(op.name, "dw", op.dw, *input);
}

}  // namespace xling
