// What every differentiable op is handed: where to run, where to put things,
// and whether to remember.
#pragma once

#include "autograd/tape.h"
#include "backend/backend.h"

namespace xling {

struct Pass {
  Backend& backend;
  Arena& arena;
  Tape* tape = nullptr;  // null: inference

  bool training() const { return tape != nullptr; }

  // What must live until backward.
  Tensor push_left(const Shape& shape, DType dtype) const {
    Tensor tensor{nullptr, shape, dtype};
    tensor.data = arena.push_left(tensor.bytes());
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
