#include "kernels/linear_cross_entropy.h"

#include <cmath>

namespace xling {

namespace {

struct Named {
  const char* name;
  const Tensor& tensor;
};

void check_like(const char* kernel, const Named& got, DType dtype, const Shape& want) {
  expect_shape(kernel, got.name, got.tensor, want);
  expect_dtype(kernel, got.name, got.tensor, dtype);
}

// Inputs are read again for each block of rows, after the first has been written.
void check_aliasing(const LinearCrossEntropy& op) {
  const Named written[] = {{"lse", op.lse}, {"loss", op.loss}, {"dx", op.dx}, {"dw", op.dw}, {"dbias", op.dbias}};
  for (const Named* output = std::begin(written); output != std::end(written); ++output) {
    if (output->tensor.absent()) continue;
    for (const Tensor* input : {&op.x, &op.bias, &op.labels}) expect_apart(op.name, output->name, output->tensor, *input);
    expect_apart(op.name, output->name, output->tensor, op.w);
    for (const Named* other = std::begin(written); other != output; ++other)
      if (!other->tensor.absent() && overlap(output->tensor, other->tensor))
        fail(ErrorCode::invalid_argument, op.name, ": ", output->name, " lies over ", other->name,
             "; give it memory of its own");
  }
}

}  // namespace

void check(const LinearCrossEntropy& op) {
  if (op.x.shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but must be [R, H]");
  expect_dtype(op.name, "x", op.x, DType::f32);
  const Shape rows{op.x.shape[0]}, vocab{op.w.rows};
  expect_weight(op.name, "w", op.w, {op.w.rows, op.x.shape[1]});
  if (op.w.rows < 1) fail(ErrorCode::invalid_shape, op.name, ": w is ", op.w.shape(), " but a vocabulary has a token at least");
  if (!op.bias.absent()) check_like(op.name, {"bias", op.bias}, DType::f32, vocab);
  check_like(op.name, {"labels", op.labels}, DType::i32, rows);
  check_like(op.name, {"lse", op.lse}, DType::f32, rows);
  check_like(op.name, {"loss", op.loss}, DType::f32, {1});
  if (!op.dx.absent()) check_like(op.name, {"dx", op.dx}, DType::f32, op.x.shape);
  if (!op.dw.absent()) check_like(op.name, {"dw", op.dw}, DType::f32, op.w.shape());
  if (!op.dbias.absent()) {
    if (op.bias.absent()) fail(ErrorCode::invalid_argument, op.name, ": dbias is given but there is no bias");
    check_like(op.name, {"dbias", op.dbias}, DType::f32, vocab);
  }
  if (!(op.softcap >= 0) || !std::isfinite(op.softcap))
    fail(ErrorCode::invalid_argument, op.name, ": softcap is ", op.softcap, " but must be 0 (none) or above");
  check_aliasing(op);
}

}  // namespace xling
