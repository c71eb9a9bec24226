// The arena of a context, on a block of its device. It grows between
// micro-batches and never inside one: addresses hold for a whole step.
#pragma once

#include <memory>

#include "backend/buffer.h"
#include "core/arena.h"

namespace xling {

class Workspace {
 public:
  explicit Workspace(std::shared_ptr<Backend> backend) : backend_(std::move(backend)), arena_(nullptr, 0) {}

  // At least `bytes` of capacity. Asked while something is on the stacks, it is ERR_INTERNAL.
  void reserve(size_t bytes) {
    if (arena_.left() + arena_.right() != 0) fail(ErrorCode::internal, "a workspace cannot grow inside a micro-batch");
    if (bytes <= arena_.capacity()) return;
    const size_t capacity = checked_round_up(bytes, Arena::alignment, "workspace");
    block_.reset();  // first, so that old and new never exist at once
    arena_ = Arena(nullptr, 0);
    block_ = Buffer(backend_, capacity);
    arena_ = Arena(block_.data(), capacity);
  }

  Arena& arena() { return arena_; }
  size_t bytes() const { return block_.bytes(); }
  Backend& backend() { return *backend_; }

 private:
  std::shared_ptr<Backend> backend_;
  Buffer block_;
  Arena arena_;
};

}  // namespace xling
