// What the kernel tests share: every way to run a kernel on this machine, host
// data moved in and out, random inputs that any machine draws alike.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "backend/buffer.h"
#include "core/philox.h"
#include "cpu/cpu_backend.h"
#include "cpu/isa.h"
#include "kernels/emulated.h"

namespace xling::test {

inline std::vector<const simd::Loops*> all_loops() {
  auto loops = runnable_isas();
  loops.push_back(&emulated8);
  loops.push_back(&emulated16);
  return loops;
}

// A CPU backend on a pool of its own.
struct OwnPool {
  ThreadPool pool;
  CpuBackend backend;
  OwnPool(const simd::Loops& loops, int threads) : pool(threads), backend(loops, pool) {}
};
inline std::shared_ptr<Backend> cpu_with(const simd::Loops& loops, int threads) {
  const auto own = std::make_shared<OwnPool>(loops, threads);
  return {own, &own->backend};
}

// n numbers, roughly normal, from a stream of their own.
inline std::vector<float> random_numbers(size_t n, uint32_t stream) {
  const RandomStream random({1234, RandomPurpose::init, stream, 0, 0, 0});
  std::vector<float> out(n);
  for (size_t i = 0; i < n; ++i) {
    const auto words = random.words(static_cast<uint32_t>(i), 0);
    out[i] = 1.7f * (uniform(words[0]) + uniform(words[1]) + uniform(words[2]) + uniform(words[3]) - 2.0f);
  }
  return out;
}

// A device tensor with its memory.
class Placed {
 public:
  Placed(std::shared_ptr<Backend> backend, const Shape& shape, DType dtype = DType::f32)
      : backend_(std::move(backend)), tensor_{nullptr, shape, dtype}, buffer_(backend_, tensor_.bytes()) {
    tensor_.data = buffer_.data();
    backend_->zero(buffer_.data(), buffer_.bytes());
  }
  Placed(std::shared_ptr<Backend> backend, const Shape& shape, const std::vector<float>& values, DType dtype = DType::f32)
      : Placed(std::move(backend), shape, dtype) {
    std::vector<bfloat16> halves(values.size());
    for (size_t i = 0; i < values.size(); ++i) halves[i] = to_bf16(values[i]);
    const void* host = dtype == DType::bf16 ? static_cast<const void*>(halves.data()) : values.data();
    backend_->write(tensor_.data, host, buffer_.bytes());
  }

  operator Tensor() const { return tensor_; }

  std::vector<float> read() const {
    std::vector<float> out(tensor_.shape.numel());
    if (tensor_.dtype == DType::f32) {
      backend_->read(out.data(), tensor_.data, buffer_.bytes());
      return out;
    }
    std::vector<bfloat16> halves(out.size());
    backend_->read(halves.data(), tensor_.data, buffer_.bytes());
    for (size_t i = 0; i < out.size(); ++i) out[i] = to_f32(halves[i]);
    return out;
  }

 private:
  std::shared_ptr<Backend> backend_;
  Tensor tensor_;
  Buffer buffer_;
};

// A matrix as it trains.
inline Weight in_rows(const Tensor& matrix) { return {matrix.data, matrix.shape[0], matrix.shape[1], Storage::f32, Layout::rows}; }

// A frozen weight with its memory, from its storage's bytes.
class Prepared {
 public:
  Prepared(std::shared_ptr<Backend> backend, Storage storage, const Shape& shape, const void* bytes)
      : buffer_(backend, backend->weight_bytes(storage, shape[0], shape[1])),
        weight_{buffer_.data(), shape[0], shape[1], storage, Layout::prepared} {
    backend->write_weight(weight_, bytes);
  }
  operator Weight() const { return weight_; }

 private:
  Buffer buffer_;
  Weight weight_;
};

// Bytes of a matrix whose scales are all small positive numbers, whatever its storage.
inline std::vector<uint8_t> random_bytes(Storage storage, const Shape& shape, uint32_t stream) {
  std::vector<uint8_t> bytes(storage_bytes(storage, shape[0], shape[1]));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = philox({uint32_t(i), stream, 0, 0}, {1, 2})[0] & 0x3f;
  return bytes;
}

}  // namespace xling::test
