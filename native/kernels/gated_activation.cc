#include "kernels/gated_activation.h"

namespace xling {

namespace {

void check_gate(const char* kernel, const Tensor& gate) {
  if (gate.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel, ": gate is ", gate.shape, " but must be [T, N]");
  expect_dtype(kernel, "gate", gate, DType::f32);
}

void check_like(const char* kernel, const char* tensor, const Tensor& got, const Tensor& gate) {
  expect_shape(kernel, tensor, got, gate.shape);
  expect_dtype(kernel, tensor, got, DType::f32);
}

}  // namespace

void check(const GatedActivation& op) {
  check_gate(op.name, op.gate);
  check_like(op.name, "up", op.up, op.gate);
  check_like(op.name, "y", op.y, op.gate);
  expect_choice(op.name, "activation", op.activation);
  for (const Tensor* input : {&op.gate, &op.up}) expect_same_or_apart(op.name, "y", op.y, *input);
}

void check(const GatedActivationBackward& op) {
  check_gate(op.name, op.gate);
  check_like(op.name, "up", op.up, op.gate);
  check_like(op.name, "dy", op.dy, op.gate);
  if (!op.dgate.absent()) check_like(op.name, "dgate", op.dgate, op.gate);
  if (!op.dup.absent()) check_like(op.name, "dup", op.dup, op.gate);
  expect_choice(op.name, "activation", op.activation);
  expect_choice(op.name, "gradWrite", op.grad_write);
  for (const Tensor* input : {&op.gate, &op.up, &op.dy}) {
    expect_same_or_apart(op.name, "dgate", op.dgate, *input);
    expect_same_or_apart(op.name, "dup", op.dup, *input);
  }
  if (!op.dgate.absent() && overlap(op.dgate, op.dup))
    fail(ErrorCode::invalid_argument, op.name, ": dup lies over dgate; give it memory of its own");
}

}  // namespace xling
