#include "kernels/rms_norm.h"

namespace xling {

namespace {

// x is [T, D] of an activation dtype, weight [D] f32.
void check_input(const char* kernel, const Tensor& x, const Tensor& weight, float weight_offset) {
  if (x.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel, ": x is ", x.shape, " but must be [T, D]");
  if (x.shape[1] == 0) fail(ErrorCode::invalid_shape, kernel, ": x is ", x.shape, " but a row must have elements");
  if (x.dtype != DType::f32 && x.dtype != DType::bf16)
    fail(ErrorCode::invalid_dtype, kernel, ": x is ", name_of(x.dtype), " but must be f32 or bf16");
  expect_shape(kernel, "weight", weight, {x.shape[1]});
  expect_dtype(kernel, "weight", weight, DType::f32);
  if (weight_offset != 0.0f && weight_offset != 1.0f)
    fail(ErrorCode::invalid_argument, kernel, ": weightOffset is ", weight_offset, " but must be 0 (Llama) or 1 (Gemma)");
}

void check_like(const char* kernel, const char* tensor, const Tensor& got, const Tensor& x) {
  expect_shape(kernel, tensor, got, x.shape);
  expect_dtype(kernel, tensor, got, x.dtype);
}

}  // namespace

void check(const RmsNorm& op) {
  check_input(op.name, op.x, op.weight, op.weight_offset);
  check_like(op.name, "y", op.y, op.x);
  if (!op.residual.absent()) check_like(op.name, "residual", op.residual, op.x);
  if (!op.rstd.absent()) {
    expect_shape(op.name, "rstd", op.rstd, {op.x.shape[0]});
    expect_dtype(op.name, "rstd", op.rstd, DType::f32);
  }
  if (!(op.eps > 0)) fail(ErrorCode::invalid_argument, op.name, ": eps is ", op.eps, " but must be above 0");
}

void check(const RmsNormBackward& op) {
  check_input(op.name, op.x, op.weight, op.weight_offset);
  check_like(op.name, "dy", op.dy, op.x);
  if (!op.dx.absent()) check_like(op.name, "dx", op.dx, op.x);
  expect_shape(op.name, "rstd", op.rstd, {op.x.shape[0]});
  expect_dtype(op.name, "rstd", op.rstd, DType::f32);
  if (!op.dweight.absent()) {
    expect_shape(op.name, "dweight", op.dweight, {op.x.shape[1]});
    expect_dtype(op.name, "dweight", op.dweight, DType::f32);
  }
  expect_choice(op.name, "dxWrite", op.dx_write);
}

}  // namespace xling
