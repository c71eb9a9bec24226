#include "kernels/rope.h"

#include <cmath>

namespace xling {

namespace {

void check_f32(const char* kernel, const char* tensor, const Tensor& got, const Shape& want) {
  expect_shape(kernel, tensor, got, want);
  expect_dtype(kernel, tensor, got, DType::f32);
}

}  // namespace

void check(const RopeTable& op) {
  const auto expect_vector = [&](const char* tensor, const Tensor& got, const char* size) {
    if (got.shape.rank != 1)
      fail(ErrorCode::invalid_shape, op.name, ": ", tensor, " is ", got.shape, " but must be [", size, "]");
  };
  expect_vector("positions", op.positions, "T");
  expect_dtype(op.name, "positions", op.positions, DType::i32);
  expect_vector("frequencies", op.frequencies, "D/2");
  expect_dtype(op.name, "frequencies", op.frequencies, DType::f32);
  const Shape angles{op.positions.shape[0], op.frequencies.shape[0]};
  check_f32(op.name, "cos", op.cos, angles);
  check_f32(op.name, "sin", op.sin, angles);
  if (!(op.scale > 0) || std::isinf(op.scale))
    fail(ErrorCode::invalid_argument, op.name, ": scale is ", op.scale, " but must be finite and above 0");
  for (const Tensor* input : {&op.positions, &op.frequencies}) {
    expect_apart(op.name, "cos", op.cos, *input);
    expect_apart(op.name, "sin", op.sin, *input);
  }
  if (overlap(op.cos, op.sin)) fail(ErrorCode::invalid_argument, op.name, ": sin lies over cos; give it memory of its own");
}

void check(const Rope& op) {
  if (op.x.shape.rank != 3) fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but must be [T, H, D]");
  const int64_t width = op.x.shape[2];
  if (width % 2 != 0) fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but D must be even: features turn in pairs");
  check_f32(op.name, "x", op.x, op.x.shape);
  check_f32(op.name, "y", op.y, op.x.shape);
  const Shape angles{op.x.shape[0], width / 2};
  check_f32(op.name, "cos", op.cos, angles);
  check_f32(op.name, "sin", op.sin, angles);
  expect_choice(op.name, "direction", op.direction);
  expect_choice(op.name, "yWrite", op.y_write);
  expect_same_or_apart(op.name, "y", op.y, op.x);
  for (const Tensor* input : {&op.cos, &op.sin}) expect_apart(op.name, "y", op.y, *input);
}

}  // namespace xling
