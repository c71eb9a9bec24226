#include "kernels/attention.h"

#include "kernels/attention_checks.h"

namespace xling {

namespace {

template <class Op>
void check_dropout(const Op& op) {
  const AttentionDropout& dropout = op.dropout;
  if (!(dropout.rate >= 0 && dropout.rate < 1))
    fail(ErrorCode::invalid_argument, op.name, ": rate is ", dropout.rate, " but must be at least 0 and below 1");
  if (dropout.rate == 0 && dropout.keys.absent()) return;
  expect_shape(op.name, "keys", dropout.keys, {op.offsets.shape[0] - 1, 3});
  expect_dtype(op.name, "keys", dropout.keys, DType::i32);
  if (dropout.rate != 0 && op.q.shape[1] > attention_dropout_heads)
    fail(ErrorCode::invalid_shape, op.name, ": q has ", op.q.shape[1], " heads, but probabilities are dropped of at most ",
         attention_dropout_heads);
}

// What both kernels read.
template <class Op>
void check_inputs(const Op& op) {
  check_queries(op.name, op.q, op.k, op.v);
  check_offsets_shape(op.name, op.offsets);
  check_like(op.name, "y", op.y, op.q.shape);
  check_scale(op.name, op.scale);
  check_reach(op.name, "before", op.before);
  check_reach(op.name, "after", op.after);
  check_dropout(op);
}

}  // namespace

void check(const Attention& op) {
  check_inputs(op);
  if (!op.lse.absent()) check_like(op.name, "lse", op.lse, {op.q.shape[0], op.q.shape[1]});
  for (const Tensor* input : {&op.q, &op.k, &op.v, &op.offsets, &op.dropout.keys}) {
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
    for (const Tensor* input : {&op.q, &op.k, &op.v, &op.offsets, &op.dropout.keys, &op.y, &op.lse, &op.dy})
      expect_apart(op.name, grad.name, grad.tensor, *input);
    for (const auto& other : grads)
      if (&other != &grad && !other.tensor.absent()) expect_apart(op.name, grad.name, grad.tensor, other.tensor);
  }
}

}  // namespace xling
