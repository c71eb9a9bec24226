#include "kernels/embedding.h"

namespace xling {

namespace {

// The picked rows, one for each id.
void check_picked(const char* kernel, const Tensor& ids, const char* name, const Tensor& rows) {
  if (ids.shape.rank != 1) fail(ErrorCode::invalid_shape, kernel, ": ids is ", ids.shape, " but must be [T]");
  expect_dtype(kernel, "ids", ids, DType::i32);
  if (rows.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel, ": ", name, " is ", rows.shape, " but must be [T, D]");
  expect_shape(kernel, name, rows, {ids.shape[0], rows.shape[1]});
  expect_dtype(kernel, name, rows, DType::f32);
}

}  // namespace

void check(const Embedding& op) {
  check_picked(op.name, op.ids, "y", op.y);
  expect_weight(op.name, "w", op.w, {op.w.rows, op.y.shape[1]});
  expect_apart(op.name, "y", op.y, op.w);
  expect_choice(op.name, "yWrite", op.y_write);
}

void check(const EmbeddingBackward& op) {
  check_picked(op.name, op.ids, "dy", op.dy);
  if (op.dw.shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": dw is ", op.dw.shape, " but must be [V, D]");
  expect_shape(op.name, "dw", op.dw, {op.dw.shape[0], op.dy.shape[1]});
  expect_dtype(op.name, "dw", op.dw, DType::f32);
  for (const Tensor* input : {&op.ids, &op.dy}) expect_apart(op.name, "dw", op.dw, *input);
}

}  // namespace xling
