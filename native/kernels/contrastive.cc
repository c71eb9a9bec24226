#include "kernels/contrastive.h"

#include <cmath>

namespace xling {

namespace {

struct Written {
  const char* name;
  const Tensor& tensor;
  Shape shape;
};

}  // namespace

void check(const Contrastive& op) {
  if (op.x.shape.rank != 2) fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but must be [R, d]");
  const int64_t rows = op.x.shape[0], anchors = op.anchors;
  if (op.x.shape[1] == 0) fail(ErrorCode::invalid_shape, op.name, ": x is ", op.x.shape, " but a row must have elements");
  if (anchors < 1) fail(ErrorCode::invalid_argument, op.name, ": anchors is ", anchors, " but must be 1 or more");
  if (rows % anchors != 0 || rows < 2 * anchors)
    fail(ErrorCode::invalid_shape, op.name, ": x has ", rows, " rows, but of ", anchors, " anchors there must be ", 2 * anchors,
         ", or more by whole blocks of negatives");
  if (op.z.shape.rank != 2 || op.z.shape[0] < 1)
    fail(ErrorCode::invalid_shape, op.name, ": z is ", op.z.shape, " but must be [r, ", rows - anchors, "] of a row at least");
  const Written all[] = {{"unit", op.unit, op.x.shape},
                         {"z", op.z, {op.z.shape[0], rows - anchors}},
                         {"loss", op.loss, {1}},
                         {"dx", op.dx, op.x.shape}};
  expect_dtype(op.name, "x", op.x, DType::f32);
  const Written* end = std::end(all) - (op.dx.absent() ? 1 : 0);
  for (const Written* one = all; one != end; ++one) {
    expect_shape(op.name, one->name, one->tensor, one->shape);
    expect_dtype(op.name, one->name, one->tensor, DType::f32);
    expect_apart(op.name, one->name, one->tensor, op.x);
    for (const Written* other = all; other != one; ++other)
      if (overlap(one->tensor, other->tensor))
        fail(ErrorCode::invalid_argument, op.name, ": ", one->name, " lies over ", other->name, "; give it memory of its own");
  }
  if (!std::isfinite(op.scale) || op.scale <= 0)
    fail(ErrorCode::invalid_argument, op.name, ": scale is ", op.scale, " but must be a finite number above 0");
  if (!std::isfinite(op.hard_negative_weight))
    fail(ErrorCode::invalid_argument, op.name, ": hardNegativeWeight is ", op.hard_negative_weight, " but must be finite");
  expect_choice(op.name, "directions", op.directions);
}

}  // namespace xling
