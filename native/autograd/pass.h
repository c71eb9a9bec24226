// What every differentiable op is handed: where to run, where to put things,
// and whether to remember.
#pragma once

#include "autograd/tape.h"
#include "backend/backend.h"
#include "core/cancel.h"

namespace xling {

// An activation and, when it needs one, its gradient. The gradient is zeroed
// by whoever makes it; every op adds to it, so an activation may be used twice.
struct Variable {
  Tensor value;
  Tensor grad;  // absent: nothing upstream trains
};

struct Pass {
  Backend& backend;
  Arena& arena;
  Tape* tape = nullptr;  // null: inference
  const CancelToken* cancel = nullptr;

  bool training() const { return tape != nullptr; }

  // Called between the blocks of a model; throws ERR_ABORTED.
  void poll() const {
    if (cancel) cancel->check();
  }

  // What must live until backward.
  Tensor push_left(const Shape& shape, DType dtype) const {
    Tensor tensor{nullptr, shape, dtype};
    tensor.data = arena.push_left(tensor.bytes());
    return tensor;
  }

  // The host's numbers, in a tensor of that shape. On a counting device `host` may be null.
  Tensor upload(const void* host, const Shape& shape, DType dtype) const {
    const Tensor tensor = push_left(shape, dtype);
    backend.write(tensor.data, host, tensor.bytes());
    return tensor;
  }

  // What is only used within an ArenaScope.
  Tensor push_right(const Shape& shape, DType dtype) const {
    Tensor tensor{nullptr, shape, dtype};
    tensor.data = arena.push_right(tensor.bytes());
    return tensor;
  }

  // The gradient of something that a block makes (autograd/block.h); absent if nothing trains.
  Tensor gradient(const Shape& shape) const { return training() ? push_right(shape, DType::f32) : Tensor{}; }

  // A new f32 activation, of a block if anything trains.
  Variable activation(const Shape& shape) const { return {push_left(shape, DType::f32), gradient(shape)}; }
};

// What a sub-layer pushed left goes when it ends, unless backward will want it.
class SubLayer {
 public:
  explicit SubLayer(Pass& pass) : pass_(pass), mark_(pass.arena.left()) {}
  ~SubLayer() {
    if (!pass_.training()) pass_.arena.pop_left(mark_);
  }
  SubLayer(const SubLayer&) = delete;
  SubLayer& operator=(const SubLayer&) = delete;

 private:
  Pass& pass_;
  size_t mark_;
};

// A weight; `grad` is absent while it is frozen, else it is added to.
struct Parameter {
  Tensor value;
  Tensor grad;
};

}  // namespace xling
