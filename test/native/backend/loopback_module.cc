// The CPU backend behind the device-module border, so that the border is
// tested with real kernels on a machine without a device.
#include <cstdlib>

#include "backend/module_device.h"
#include "cpu/cpu_backend.h"
#include "cpu/isa.h"

namespace {

// One allocation size on which it throws what no contract foresees.
struct Loopback {
  xling::CpuBackend cpu{xling::chosen_isa(), xling::ThreadPool::process()};

  xling::DeviceInfo info() const { return {"loopback", cpu.info().isa, "a module was opened", cpu.info().threads}; }
  void* allocate(size_t bytes) {
    if (bytes == 666) throw 666;
    if (bytes == 667) throw std::bad_alloc();
    return cpu.allocate(bytes);
  }
  void release(void* address, size_t bytes) { cpu.release(address, bytes); }
  void write(void* device, const void* host, size_t bytes) { cpu.write(device, host, bytes); }
  void read(void* host, const void* device, size_t bytes) { cpu.read(host, device, bytes); }
  void zero(void* device, size_t bytes) { cpu.zero(device, bytes); }
  size_t weight_bytes(xling::Storage storage, int64_t rows, int64_t cols) const { return cpu.weight_bytes(storage, rows, cols); }
  void write_weight(const xling::Weight& device, const void* host) { cpu.write_weight(device, host); }
  void read_weight(void* host, const xling::Weight& device) { cpu.read_weight(host, device); }
  template <class Op>
  void run(const Op& op) {
    cpu.run(op);
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) int32_t xling_backend_open(uint64_t abi, const XlingHost*, XlingBackend* out,
                                                                              XlingFault* fault) {
  // Stands for a module of another version of xling.
  const uint64_t heard = std::getenv("XLING_TEST_OTHER_ABI") ? abi + 1 : abi;
  return xling::open_as_module<Loopback>(heard, out, fault, [] { return new Loopback; });
}
