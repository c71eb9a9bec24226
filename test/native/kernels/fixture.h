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
#include "cpu/simd/make_loops.h"

namespace xling::test {

// Lane code of any width on arrays, with a true FMA: runs everywhere and must
// equal the ISA of that width to the last bit.
struct Fused {
  static float multiply_add(float a, float b, float c) { return std::fma(a, b, c); }
};
inline const simd::Loops emulated8 = simd::make_loops<simd::vec<8, Fused>, 6, 2>("emulated8");
inline const simd::Loops emulated16 = simd::make_loops<simd::vec<16, Fused>, 12, 2>("emulated16");

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

}  // namespace xling::test
