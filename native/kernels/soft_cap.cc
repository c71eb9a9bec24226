#include "kernels/soft_cap.h"

#include <cmath>

namespace xling {

namespace {

void check_logits(const char* kernel, const char* tensor, const Tensor& got, float cap) {
  if (got.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but must be [T, N]");
  expect_dtype(kernel, tensor, got, DType::f32);
  if (!(cap > 0) || std::isinf(cap))
    fail(ErrorCode::invalid_argument, kernel, ": cap is ", cap, " but must be finite and above 0");
}

void check_like(const char* kernel, const char* tensor, const Tensor& got, const Tensor& logits) {
  expect_shape(kernel, tensor, got, logits.shape);
  expect_dtype(kernel, tensor, got, DType::f32);
}

}  // namespace

void check(const SoftCap& op) {
  check_logits(op.name, "x", op.x, op.cap);
  check_like(op.name, "y", op.y, op.x);
  expect_same_or_apart(op.name, "y", op.y, op.x);
}

void check(const SoftCapBackward& op) {
  check_logits(op.name, "y", op.y, op.cap);
  check_like(op.name, "dy", op.dy, op.y);
  check_like(op.name, "dx", op.dx, op.y);
  expect_choice(op.name, "dxWrite", op.dx_write);
  for (const Tensor* input : {&op.y, &op.dy}) expect_same_or_apart(op.name, "dx", op.dx, *input);
}

}  // namespace xling
