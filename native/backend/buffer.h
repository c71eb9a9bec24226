// Device memory with an owner.
#pragma once

#include <memory>
#include <utility>

#include "backend/backend.h"

namespace xling {

class Buffer {
 public:
  Buffer() = default;
  Buffer(std::shared_ptr<Backend> backend, size_t bytes)
      : backend_(std::move(backend)), data_(backend_->allocate(bytes)), bytes_(bytes) {}
  ~Buffer() { reset(); }

  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }

  void reset() noexcept {
    if (data_) backend_->release(data_, bytes_);
    data_ = nullptr;
    bytes_ = 0;
    backend_.reset();
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
  }

  std::shared_ptr<Backend> backend_;
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace xling
