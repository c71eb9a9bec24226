#include "kernels/layer_norm.h"

namespace xling {

namespace {

void check_f32(const char* kernel, const char* tensor, const Tensor& got, const Shape& want) {
  expect_shape(kernel, tensor, got, want);
  expect_dtype(kernel, tensor, got, DType::f32);
}

void check_input(const char* kernel, const Tensor& x, const Tensor& weight) {
  if (x.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel, ": x is ", x.shape, " but must be [T, D]");
  if (x.shape[1] == 0) fail(ErrorCode::invalid_shape, kernel, ": x is ", x.shape, " but a row must have elements");
  expect_dtype(kernel, "x", x, DType::f32);
  check_f32(kernel, "weight", weight, {x.shape[1]});
}

}  // namespace

void check(const LayerNorm& op) {
  const Shape row{op.x.shape[1]}, column{op.x.shape[0]};
  check_input(op.name, op.x, op.weight);
  if (!op.bias.absent()) check_f32(op.name, "bias", op.bias, row);
  check_f32(op.name, "y", op.y, op.x.shape);
  if (!op.mean.absent()) check_f32(op.name, "mean", op.mean, column);
  if (!op.rstd.absent()) check_f32(op.name, "rstd", op.rstd, column);
  if (!(op.eps > 0)) fail(ErrorCode::invalid_argument, op.name, ": eps is ", op.eps, " but must be above 0");
  expect_same_or_apart(op.name, "y", op.y, op.x);
}

void check(const LayerNormBackward& op) {
  const Shape row{op.x.shape[1]}, column{op.x.shape[0]};
  check_input(op.name, op.x, op.weight);
  check_f32(op.name, "mean", op.mean, column);
  check_f32(op.name, "rstd", op.rstd, column);
  check_f32(op.name, "dy", op.dy, op.x.shape);
  if (!op.dx.absent()) check_f32(op.name, "dx", op.dx, op.x.shape);
  if (!op.dweight.absent()) check_f32(op.name, "dweight", op.dweight, row);
  if (!op.dbias.absent()) check_f32(op.name, "dbias", op.dbias, row);
  expect_choice(op.name, "dxWrite", op.dx_write);
  expect_same_or_apart(op.name, "dx", op.dx, op.dy);
  expect_apart(op.name, "dx", op.dx, op.x);
}

}  // namespace xling
