// Tensors of f32 side by side in one piece of device memory.
#pragma once

#include <vector>

#include "backend/buffer.h"
#include "core/arena.h"

namespace xling {

class TensorBlock {
 public:
  TensorBlock() = default;
  // All zero; so is what lies between them, as long as nobody writes there.
  TensorBlock(std::shared_ptr<Backend> backend, const std::vector<Shape>& shapes) : backend_(std::move(backend)) {
    std::vector<size_t> offsets;
    size_t bytes = 0;
    for (const Shape& shape : shapes) {
      tensors_.push_back({nullptr, shape, DType::f32});
      offsets.push_back(bytes);
      bytes = checked_add(bytes, checked_round_up(tensors_.back().bytes(), Arena::alignment, "tensors"), "tensors");
    }
    memory_ = Buffer(backend_, bytes);
    for (size_t i = 0; i < shapes.size(); ++i) tensors_[i].data = static_cast<char*>(memory_.data()) + offsets[i];
    zero();
  }

  bool empty() const { return memory_.data() == nullptr; }  // not made yet
  const Tensor& operator[](size_t i) const { return tensors_.at(i); }
  // All of it as one row of numbers.
  Tensor whole() const { return {memory_.data(), Shape{static_cast<int64_t>(bytes() / sizeof(float))}, DType::f32}; }
  void zero() { backend_->zero(memory_.data(), memory_.bytes()); }
  size_t bytes() const { return memory_.bytes(); }

 private:
  std::shared_ptr<Backend> backend_;
  Buffer memory_;
  std::vector<Tensor> tensors_;
};

}  // namespace xling
