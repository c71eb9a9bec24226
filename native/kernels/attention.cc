#include "kernels/attention.h"

#include <cmath>

namespace xling {

namespace {

void check_like(const char* kernel, const char* tensor, const Tensor& got, const Shape& want) {
  expect_shape(kernel, tensor, got, want);
  expect_dtype(kernel, tensor, got, DType::f32);
}

// [T, heads, D] of f32 with heads and a width that the kernels take.
void check_heads(const char* kernel, const char* tensor, const Tensor& got, const char* heads) {
  if (got.shape.rank != 3)
    fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but must be [T, ", heads, ", D]");
  if (got.shape[1] == 0) fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but must have heads");
  const int64_t width = got.shape[2];
  if (width == 0 || width % 8 != 0 || width > attention_widest_head)
    fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but D must be a multiple of 8 from 8 to ", attention_widest_head);
  expect_dtype(kernel, tensor, got, DType::f32);
}

void check_reach(const char* kernel, const char* field, int32_t reach) {
  if (reach < -1)
    fail(ErrorCode::invalid_argument, kernel, ": ", field, " is ", reach, " but must be a number of places, or -1 for all");
}

// What both kernels read.
template <class Op>
void check_inputs(const Op& op) {
  check_heads(op.name, "q", op.q, "Hq");
  check_heads(op.name, "k", op.k, "Hkv");
  const int64_t heads = op.q.shape[1], key_heads = op.k.shape[1];
  check_like(op.name, "k", op.k, {op.q.shape[0], key_heads, op.q.shape[2]});
  check_like(op.name, "v", op.v, op.k.shape);
  if (heads % key_heads != 0)
    fail(ErrorCode::invalid_shape, op.name, ": q has ", heads, " heads, which is no multiple of the ", key_heads, " of k");
  if (op.offsets.shape.rank != 1 || op.offsets.shape[0] == 0)
    fail(ErrorCode::invalid_shape, op.name, ": offsets is ", op.offsets.shape, " but must be [B+1]");
  expect_dtype(op.name, "offsets", op.offsets, DType::i32);
  check_like(op.name, "y", op.y, op.q.shape);
  if (!std::isfinite(op.scale)) fail(ErrorCode::invalid_argument, op.name, ": scale is ", op.scale, " but must be finite");
  check_reach(op.name, "before", op.before);
  check_reach(op.name, "after", op.after);
}

}  // namespace

void check(const Attention& op) {
  check_inputs(op);
  if (!op.lse.absent()) check_like(op.name, "lse", op.lse, {op.q.shape[0], op.q.shape[1]});
  for (const Tensor* input : {&op.q, &op.k, &op.v, &op.offsets}) {
    expect_apart(op.name, "y", op.y, *input);
    if (!op.lse.absent()) expect_apart(op.name, "lse", op.lse, *input);
  }
  if (!op.lse.absent()) expect_apart(op.name, "lse", op.lse, op.y);
}

void check(const AttentionBackward& op) {
  check_inputs(op);
  check_like(op.name, "lse", op.lse, {op.q.shape[0], op.q.shape[1]});
  check_like(op.name, "dy", op.dy, op.q.shape);
  const struct {
    const char* name;
    const Tensor& tensor;
    const Shape& like;
  } grads[] = {{"dq", op.dq, op.q.shape}, {"dk", op.dk, op.k.shape}, {"dv", op.dv, op.k.shape}};
  for (const auto& grad : grads) {
    if (grad.tensor.absent()) continue;
    check_like(op.name, grad.name, grad.tensor, grad.like);
    for (const Tensor* input : {&op.q, &op.k, &op.v, &op.offsets, &op.y, &op.lse, &op.dy})
      expect_apart(op.name, grad.name, grad.tensor, *input);
    for (const auto& other : grads)
      if (&other != &grad && !other.tensor.absent()) expect_apart(op.name, grad.name, grad.tensor, other.tensor);
  }
}

}  // namespace xling
