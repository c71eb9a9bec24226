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

// A weight of [rows, cols] in its storage.
void check_weight(const char* kernel, const Tensor& w, Storage storage, int64_t rows, int64_t cols) {
  if (storage == Storage::f32) return check_like(kernel, "w", w, {rows, cols});
  const size_t bytes = storage_bytes(storage, rows, cols);
  expect_dtype(kernel, "w", w, DType::u8);
  expect_shape(kernel, "w", w, {static_cast<int64_t>(bytes)});
}

}  // namespace

void check(const Linear& op) {
  check_matrix(op.name, "x", op.x);
  check_matrix(op.name, "y", op.y);
  const int64_t rows = op.x.shape[0], inputs = op.x.shape[1], outputs = op.y.shape[1];
  check_like(op.name, "y", op.y, {rows, outputs});
  check_weight(op.name, op.w, op.storage, outputs, inputs);
  if (!op.bias.absent()) check_like(op.name, "bias", op.bias, {outputs});
  expect_write(op.name, "yWrite", op.y_write);
  for (const Tensor* input : {&op.x, &op.w, &op.bias}) expect_apart(op.name, "y", op.y, *input);
}

void check(const LinearInputGrad& op) {
  check_matrix(op.name, "dy", op.dy);
  check_matrix(op.name, "dx", op.dx);
  const int64_t rows = op.dy.shape[0], outputs = op.dy.shape[1], inputs = op.dx.shape[1];
  check_like(op.name, "dx", op.dx, {rows, inputs});
  check_weight(op.name, op.w, op.storage, outputs, inputs);
  expect_write(op.name, "dxWrite", op.dx_write);
  for (const Tensor* input : {&op.dy, &op.w}) expect_apart(op.name, "dx", op.dx, *input);
}

void check(const LinearWeightGrad& op) {
  check_matrix(op.name, "x", op.x);
  check_matrix(op.name, "dy", op.dy);
  const int64_t inputs = op.x.shape[1], outputs = op.dy.shape[1];
  check_like(op.name, "dy", op.dy, {op.x.shape[0], outputs});
  check_like(op.name, "dw", op.dw, {outputs, inputs});
  if (!op.dbias.absent()) check_like(op.name, "dbias", op.dbias, {outputs});
  for (const Tensor* input : {&op.x, &op.dy}) expect_apart(op.name, "dw", op.dw, *input);
}

}  // namespace xling
