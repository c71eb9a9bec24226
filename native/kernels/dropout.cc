#include "kernels/dropout.h"

#include <cmath>

namespace xling {

void check(const Dropout& op) {
  if (op.x.shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but must be [T, D]");
  expect_dtype(op.name, "x", op.x, DType::f32);
  if (op.x.shape[1] > INT32_MAX)
    fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but a token has at most ", INT32_MAX, " features");
  expect_shape(op.name, "y", op.y, op.x.shape);
  expect_dtype(op.name, "y", op.y, DType::f32);
  if (op.offsets.shape.rank != 1 || op.offsets.shape[0] == 0)
    fail(ErrorCode::invalid_shape, op.name, ": offsets is ", op.offsets.shape, " but must be [B+1]");
  expect_dtype(op.name, "offsets", op.offsets, DType::i32);
  expect_shape(op.name, "keys", op.keys, {op.offsets.shape[0] - 1, 3});
  expect_dtype(op.name, "keys", op.keys, DType::i32);
  if (!(op.rate >= 0 && op.rate < 1))
    fail(ErrorCode::invalid_argument, op.name, ": rate is ", op.rate, " but must be at least 0 and below 1");
  expect_choice(op.name, "yWrite", op.y_write);
  if (!op.residual.absent()) {
    expect_shape(op.name, "residual", op.residual, op.x.shape);
    expect_dtype(op.name, "residual", op.residual, DType::f32);
    expect_same_or_apart(op.name, "y", op.y, op.residual);
    if (op.y_write == Write::accumulate)
      fail(ErrorCode::invalid_argument, op.name, ": residual is for a y that is written; one that is added to needs none");
  }
  expect_same_or_apart(op.name, "y", op.y, op.x);
  for (const Tensor* input : {&op.offsets, &op.keys}) expect_apart(op.name, "y", op.y, *input);
}

// Exact but for the rounding; the largest rate, 1 - 2^-24, gives 2^32 - 2^8.
uint32_t dropout_threshold(float rate) { return static_cast<uint32_t>(std::llround(double{rate} * 0x1p32)); }

float dropout_factor(float rate) { return static_cast<float>(1.0 / (1.0 - double{rate})); }

}  // namespace xling
