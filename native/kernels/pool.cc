#include "kernels/pool.h"

#include <cmath>

namespace xling {

namespace {

// What both kernels ask of x, or of what is like it, and of one vector for each row.
template <class Op>
void check_rows(const Op& op, const char* tokens_name, const Tensor& tokens, const char* rows_name, const Tensor& rows) {
  if (tokens.shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": ", tokens_name, " is ", tokens.shape, " but must be [T, D]");
  expect_dtype(op.name, tokens_name, tokens, DType::f32);
  if (op.offsets.shape.rank != 1 || op.offsets.shape[0] == 0)
    fail(ErrorCode::invalid_shape, op.name, ": offsets is ", op.offsets.shape, " but must be [B+1]");
  expect_dtype(op.name, "offsets", op.offsets, DType::i32);
  expect_shape(op.name, rows_name, rows, {op.offsets.shape[0] - 1, tokens.shape[1]});
  expect_dtype(op.name, rows_name, rows, DType::f32);
  expect_choice(op.name, "pooling", op.pooling);
  if (!std::isfinite(op.scale)) fail(ErrorCode::invalid_argument, op.name, ": scale is ", op.scale, " but must be finite");
}

}  // namespace

void check(const Pool& op) {
  check_rows(op, "x", op.x, "y", op.y);
  expect_choice(op.name, "yWrite", op.y_write);
  for (const Tensor* input : {&op.x, &op.offsets}) expect_apart(op.name, "y", op.y, *input);
}

void check(const PoolBackward& op) {
  check_rows(op, "dx", op.dx, "dy", op.dy);
  expect_shape(op.name, "x", op.x, op.dx.shape);
  expect_dtype(op.name, "x", op.x, DType::f32);
  for (const Tensor* input : {&op.x, &op.offsets, &op.dy}) expect_apart(op.name, "dx", op.dx, *input);
}

}  // namespace xling
