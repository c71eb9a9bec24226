#include "kernels/embedding.h"

namespace xling {

void check(const Embedding& op) {
  if (op.ids.shape.rank != 1) fail(ErrorCode::invalid_shape, op.name, ": ids is ", op.ids.shape, " but must be [T]");
  expect_dtype(op.name, "ids", op.ids, DType::i32);
  if (op.y.shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": y is ", op.y.shape, " but must be [T, D]");
  expect_shape(op.name, "y", op.y, {op.ids.shape[0], op.y.shape[1]});
  expect_dtype(op.name, "y", op.y, DType::f32);
  expect_weight(op.name, "w", op.w, {op.w.rows, op.y.shape[1]});
  expect_apart(op.name, "y", op.y, op.w);
}

}  // namespace xling
