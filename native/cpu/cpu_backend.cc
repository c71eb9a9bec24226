#include "cpu/cpu_backend.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/arena.h"
#include "core/host_limits.h"
#include "cpu/isa.h"
#include "cpu/panels/lay_panels.h"
#include "cpu/panels/panel_layout.h"

namespace xling {

std::shared_ptr<Backend> CpuBackend::open() {
  return std::make_shared<CpuBackend>(chosen_isa(), ThreadPool::process());
}

DeviceInfo CpuBackend::info() const { return {"cpu", loops_.isa, "the CPU is always there", pool_.size()}; }

void* CpuBackend::allocate(size_t bytes) {
  require_memory(bytes, "an allocation");
  void* address = ::operator new(bytes, std::align_val_t{Arena::alignment}, std::nothrow);
  if (!address) fail(ErrorCode::out_of_memory, "the system refused ", bytes, " bytes; use smaller inputs");
  return address;
}

void CpuBackend::release(void* address, size_t) noexcept {
  ::operator delete(address, std::align_val_t{Arena::alignment});
}

// A zero-byte copy may come with a null pointer, which memcpy forbids.
void CpuBackend::write(void* device, const void* host, size_t bytes) {
  if (bytes) std::memcpy(device, host, bytes);
}

void CpuBackend::read(void* host, const void* device, size_t bytes) {
  if (bytes) std::memcpy(host, device, bytes);
}

void CpuBackend::zero(void* device, size_t bytes) {
  if (bytes) std::memset(device, 0, bytes);
}

size_t CpuBackend::weight_bytes(Storage storage, int64_t rows, int64_t cols) const {
  return panel_layout(storage, rows, cols, loops_.gemm.cols).bytes;
}

void CpuBackend::write_weight(const Weight& device, const void* host) { lay_panels(device, host, loops_.gemm.cols, pool_); }

void CpuBackend::read_weight(void* host, const Weight& device) { unlay_panels(host, device, loops_.gemm.cols, pool_); }

void CpuBackend::split(int64_t count, int64_t piece, const std::function<void(int64_t, int64_t)>& body) {
  pool_.run((count + piece - 1) / piece, [&](int64_t index) {
    const int64_t begin = index * piece;
    body(begin, std::min(begin + piece, count));
  });
}

}  // namespace xling
