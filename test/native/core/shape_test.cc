#include "core/shape.h"

#include <limits>

#include "check.h"
#include "core/tensor.h"

namespace {

using namespace xling;

TEST("shape: a scalar has one element, an empty dimension none") {
  CHECK_EQ(Shape{}.numel(), size_t{1});
  CHECK_EQ((Shape{3, 0, 5}).numel(), size_t{0});
  CHECK_EQ((Shape{3, 4, 5}).numel(), size_t{60});
}

TEST("shape: negative, too many and overflowing dimensions are refused") {
  CHECK_THROWS(ErrorCode::invalid_shape, "dimension 1 is negative", Shape({2, -1}));
  CHECK_THROWS(ErrorCode::invalid_shape, "at most 4", Shape({1, 1, 1, 1, 1}));
  const int64_t huge = std::numeric_limits<int64_t>::max();
  CHECK_THROWS(ErrorCode::invalid_shape, "overflows", (void)Shape({huge, huge}).numel());
  const Tensor wide{nullptr, {huge}, DType::f32};
  CHECK_THROWS(ErrorCode::invalid_shape, "tensor bytes", (void)wide.bytes());
}

TEST("shape: equality looks at rank and dimensions") {
  CHECK((Shape{2, 3} == Shape{2, 3}));
  CHECK((Shape{2, 3} != Shape{3, 2}));
  CHECK((Shape{2} != Shape{2, 1}));
}

}  // namespace
