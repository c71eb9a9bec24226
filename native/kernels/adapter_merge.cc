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
  expect("w", op.w, {outputs, inputs});
  if (!std::isfinite(op.scale)) fail(ErrorCode::invalid_argument, op.name, ": scale is ", op.scale, " but must be finite");
  expect_apart(op.name, "w", op.w, op.a);
  expect_apart(op.name, "w", op.w, op.b);
}

}  // namespace xling
