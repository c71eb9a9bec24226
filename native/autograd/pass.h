// What every differentiable op is handed: where to run, where to put things,
// whether to remember, and when to stop.
#pragma once

#include "autograd/tape.h"
#include "backend/backend.h"
#include "core/cancel.h"

namespace xling {

struct Pass {
  Backend& backend;
  Arena& arena;
  Tape* tape = nullptr;  // null: inference
  CancelToken cancel = {};

  bool training() const { return tape != nullptr; }

  Tensor push_left(const Shape& shape, DType dtype) const { return placed(shape, dtype, true); }
  Tensor push_right(const Shape& shape, DType dtype) const { return placed(shape, dtype, false); }

 private:
  Tensor placed(const Shape& shape, DType dtype, bool left) const {
    Tensor tensor{nullptr, shape, dtype};
    const size_t bytes = tensor.bytes();
    tensor.data = left ? arena.push_left(bytes) : arena.push_right(bytes);
    return tensor;
  }
};

// An activation and, when it needs one, its gradient. The gradient is zeroed
// by whoever makes it; every op adds to it, so an activation may be used twice.
struct Variable {
  Tensor value;
  Tensor grad;  // absent: nothing upstream trains
};

// A weight; `grad` is absent while it is frozen, else it is added to.
struct Parameter {
  Tensor value;
  Tensor grad;
};

}  // namespace xling
