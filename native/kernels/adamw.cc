#include "kernels/adamw.h"

#include <cmath>

namespace xling {

namespace {

void expect_number(bool holds, const char* field, float got, const char* range) {
  if (!holds || !std::isfinite(got))
    fail(ErrorCode::invalid_argument, AdamW::name, ": ", field, " is ", got, " but must be ", range);
}

}  // namespace

void check(const AdamW& op) {
  struct Named {
    const char* field;
    const Tensor& tensor;
  };
  const Named tensors[] = {{"w", op.w}, {"m", op.m}, {"v", op.v}, {"grad", op.grad}};
  for (const auto& [field, tensor] : tensors) {
    expect_shape(op.name, field, tensor, op.w.shape);
    expect_dtype(op.name, field, tensor, DType::f32);
    if (tensor.absent()) fail(ErrorCode::invalid_shape, op.name, ": ", field, " is not given");
  }
  for (const Named& one : tensors)
    for (const Named& other : tensors) {
      if (&other == &one) break;
      if (overlap(one.tensor, other.tensor))
        fail(ErrorCode::invalid_argument, op.name, ": ", one.field, " lies over ", other.field, "; give it memory of its own");
    }

  const AdamWNumbers& n = op.numbers;
  expect_number(true, "scale", op.scale, "finite");
  expect_number(n.beta1 >= 0 && n.beta1 < 1, "beta1", n.beta1, "at least 0 and below 1");
  expect_number(n.rest1 > 0 && n.rest1 <= 1, "rest1", n.rest1, "1 - beta1, above 0 and at most 1");
  expect_number(n.beta2 >= 0 && n.beta2 < 1, "beta2", n.beta2, "at least 0 and below 1");
  expect_number(n.rest2 > 0 && n.rest2 <= 1, "rest2", n.rest2, "1 - beta2, above 0 and at most 1");
  expect_number(n.step_size >= 0, "stepSize", n.step_size, "finite and at least 0");
  expect_number(n.root_correction > 0 && n.root_correction <= 1, "rootCorrection", n.root_correction, "above 0 and at most 1");
  expect_number(true, "decay", n.decay, "finite");
  expect_number(n.eps > 0, "eps", n.eps, "finite and above 0");
}

}  // namespace xling
