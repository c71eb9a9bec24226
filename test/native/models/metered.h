// A CPU backend that knows what it has handed out.
#pragma once

#include <algorithm>

#include "cpu/cpu_backend.h"

namespace xling::test {

class Metered final : public CpuBackend {
 public:
  using CpuBackend::CpuBackend;
  void* allocate(size_t bytes) override {
    now += bytes;
    peak = std::max(peak, now);
    return CpuBackend::allocate(bytes);
  }
  void release(void* address, size_t bytes) noexcept override {
    now -= bytes;
    CpuBackend::release(address, bytes);
  }
  size_t now = 0, peak = 0;
};

}  // namespace xling::test
