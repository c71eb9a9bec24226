// A device: memory, and one implementation of every contract.
//
// Calls are made by the device's worker, one at a time. Kernels may run behind
// the caller's back; read() waits for all that was asked before it and is the
// only call that does. No contract returns a value to the host.
#pragma once

#include <cstddef>

#include "backend/device_info.h"
#include "kernels/contracts.h"

namespace xling {

// One pure virtual execute() per contract.
template <class List>
class Executes;

template <>
class Executes<ContractList<>> {
 protected:
  void execute() {}  // gives the using-declaration below something to name
};

template <class Op, class... Rest>
class Executes<ContractList<Op, Rest...>> : public Executes<ContractList<Rest...>> {
 protected:
  using Executes<ContractList<Rest...>>::execute;
  virtual void execute(const Op& op) = 0;
};

class Backend : protected Executes<Contracts> {
 public:
  virtual ~Backend() = default;

  virtual DeviceInfo info() const = 0;

  // Memory aligned to Arena::alignment, contents undefined; throws
  // ERR_OUT_OF_MEMORY. Zero bytes give an address that must be released too.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* address, size_t bytes) noexcept = 0;

  virtual void write(void* device, const void* host, size_t bytes) = 0;
  virtual void read(void* host, const void* device, size_t bytes) = 0;
  virtual void zero(void* device, size_t bytes) = 0;

  // A frozen weight lies as the backend likes it best. `write_weight` puts it
  // there from its storage's bytes (core/storage.h), `read_weight` gives them back.
  // The Weight is Layout::prepared, its data weight_bytes() of this device.
  virtual size_t weight_bytes(Storage storage, int64_t rows, int64_t cols) const = 0;
  virtual void write_weight(const Weight& device, const void* host) = 0;
  virtual void read_weight(void* host, const Weight& device) = 0;

  // Checks the contract, then runs the kernel: no backend sees an op whose
  // shapes do not fit.
  template <class Op>
  void run(const Op& op) {
    check(op);
    execute(op);
  }
};

}  // namespace xling
