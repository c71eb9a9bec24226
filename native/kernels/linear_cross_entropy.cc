#include "kernels/linear_cross_entropy.h"

#include <cmath>

namespace xling {

void check(const LinearCrossEntropy& op) {
  if (op.x.shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but must be [R, H]");
  expect_dtype(op.name, "x", op.x, DType::f32);
  const int64_t rows = op.x.shape[0];
  expect_weight(op.name, "w", op.w, {op.w.rows, op.x.shape[1]});
  if (op.w.rows < 1) fail(ErrorCode::invalid_shape, op.name, ": w is ", op.w.shape(), " but a vocabulary has a token at least");
  if (!op.bias.absent()) {
    expect_shape(op.name, "bias", op.bias, Shape{op.w.rows});
    expect_dtype(op.name, "bias", op.bias, DType::f32);
  }
  expect_shape(op.name, "labels", op.labels, Shape{rows});
  expect_dtype(op.name, "labels", op.labels, DType::i32);
  expect_shape(op.name, "lse", op.lse, Shape{rows});
  expect_dtype(op.name, "lse", op.lse, DType::f32);
  expect_shape(op.name, "loss", op.loss, Shape{1});
  expect_dtype(op.name, "loss", op.loss, DType::f32);
  if (!(op.softcap >= 0) || !std::isfinite(op.softcap))
    fail(ErrorCode::invalid_argument, op.name, ": softcap is ", op.softcap, " but must be 0 (none) or above");
  for (const Tensor* input : {&op.x, &op.bias, &op.labels}) expect_apart(op.name, "lse", op.lse, *input);
}

}  // namespace xling
