#include "kernels/adapter_merge.h"

#include <cmath>

namespace xling {

void check(const AdapterMerge& op) {
  for (const auto& [name, tensor] : {std::pair("a", &op.a), std::pair("b", &op.b)})
    if (tensor->shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": ", name, " is ", tensor->shape, " but must be a matrix");
  const int64_t ranks = op.a.shape[0], inputs = op.a.shape[1], outputs = op.b.shape[0];
  const auto expect = [&](const char* name, const Tensor& tensor, const Shape& shape) {
    expect_shape(op.name, name, tensor, shape);
    expect_dtype(op.name, name, tensor, DType::f32);
  };
  expect("a", op.a, {ranks, inputs});
  expect("b", op.b, {outputs, ranks});
  expect_weight(op.name, "w", op.w, {outputs, inputs});
  expect_weight(op.name, "y", op.y, {outputs, inputs});
  if (!op.can_prepare(op.w.storage))
    fail(ErrorCode::invalid_argument, op.name, ": w is ", name_of(op.w.storage), " but must be f32 or bf16; widen it first");
  if (op.y.storage != op.w.storage || op.y.layout != op.w.layout)
    fail(ErrorCode::invalid_argument, op.name, ": y must be stored as w is, ", name_of(op.w.storage),
         op.w.layout == Layout::rows ? " in rows" : " prepared");
  if (!std::isfinite(op.scale)) fail(ErrorCode::invalid_argument, op.name, ": scale is ", op.scale, " but must be finite");
  for (const Tensor* input : {&op.a, &op.b}) expect_apart(op.name, "y", op.y, *input);
  if (op.y.data != op.w.data) expect_apart(op.name, "y", op.y, op.w);
}

}  // namespace xling
