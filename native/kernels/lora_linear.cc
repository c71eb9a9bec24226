#include "kernels/lora_linear.h"

#include <cmath>

namespace xling {

namespace {

struct Sizes {
  int64_t tokens, inputs, outputs, rank;
};

template <class Op>
Sizes sizes_of(const Op& op) {
  for (const auto& [name, tensor] : {std::pair("x", &op.x), std::pair("a", &op.a), std::pair("b", &op.b)})
    if (tensor->shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": ", name, " is ", tensor->shape, " but must be a matrix");
  return {op.x.shape[0], op.x.shape[1], op.b.shape[0], op.a.shape[0]};
}

void expect_f32(const char* kernel, const char* name, const Tensor& tensor, const Shape& shape) {
  expect_shape(kernel, name, tensor, shape);
  expect_dtype(kernel, name, tensor, DType::f32);
}

template <class Op>
void check_inputs(const Op& op, const Sizes& s) {
  expect_f32(op.name, "x", op.x, {s.tokens, s.inputs});
  expect_f32(op.name, "a", op.a, {s.rank, s.inputs});
  expect_f32(op.name, "b", op.b, {s.outputs, s.rank});
  expect_f32(op.name, "u", op.u, {s.tokens, s.rank});
  if (!std::isfinite(op.scale)) fail(ErrorCode::invalid_argument, op.name, ": scale is ", op.scale, " but must be finite");
}

}  // namespace

void check(const LoraLinear& op) {
  const Sizes s = sizes_of(op);
  check_inputs(op, s);
  expect_f32(op.name, "y", op.y, {s.tokens, s.outputs});
  for (const Tensor* input : {&op.x, &op.a, &op.b}) {
    expect_apart(op.name, "u", op.u, *input);
    expect_apart(op.name, "y", op.y, *input);
  }
  expect_apart(op.name, "y", op.y, op.u);
}

void check(const LoraLinearBackward& op) {
  const Sizes s = sizes_of(op);
  check_inputs(op, s);
  expect_f32(op.name, "dy", op.dy, {s.tokens, s.outputs});
  expect_f32(op.name, "du", op.du, {s.tokens, s.rank});
  if (!op.da.absent()) expect_f32(op.name, "da", op.da, {s.rank, s.inputs});
  if (!op.db.absent()) expect_f32(op.name, "db", op.db, {s.outputs, s.rank});
  if (!op.dx.absent()) expect_f32(op.name, "dx", op.dx, {s.tokens, s.inputs});
  const std::pair<const char*, const Tensor*> written[] = {{"du", &op.du}, {"da", &op.da}, {"db", &op.db}, {"dx", &op.dx}};
  for (const auto& [name, tensor] : written) {
    for (const Tensor* input : {&op.x, &op.a, &op.b, &op.u, &op.dy}) expect_apart(op.name, name, *tensor, *input);
    for (const auto& other : written)
      if (other.second != tensor) expect_apart(op.name, name, *tensor, *other.second);
  }
}

}  // namespace xling
