// A device without memory or arithmetic: it runs a step's allocations and
// counts them. estimate() is a step on this backend, so it cannot drift from
// what the step really does.
#pragma once

#include <cstdint>

#include "backend/backend.h"

namespace xling {

// Overrides every execute() with one that counts the op and does nothing.
template <class Base, class List>
class CountsOps;

template <class Base>
class CountsOps<Base, ContractList<>> : public Base {
 protected:
  using Base::execute;
  uint64_t ops_ = 0;
};

template <class Base, class Op, class... Rest>
class CountsOps<Base, ContractList<Op, Rest...>> : public CountsOps<Base, ContractList<Rest...>> {
 protected:
  using CountsOps<Base, ContractList<Rest...>>::execute;
  void execute(const Op&) override { ++this->ops_; }
};

class CountingBackend final : public CountsOps<Backend, Contracts> {
 public:
  // Weights take what they take on `like`, which must outlive this.
  explicit CountingBackend(const Backend& like) : like_(like) {}

  DeviceInfo info() const override { return {"counting", "none", "counts bytes and runs nothing"}; }

  void* allocate(size_t bytes) override;
  void release(void* address, size_t bytes) noexcept override;
  void write(void*, const void*, size_t) override {}
  void read(void*, const void*, size_t) override {}
  void zero(void*, size_t) override {}
  size_t weight_bytes(Storage storage, int64_t rows, int64_t cols) const override {
    return like_.weight_bytes(storage, rows, cols);
  }
  void write_weight(const Weight&, const void*) override {}
  void read_weight(void*, const Weight&) override {}

  size_t bytes() const { return bytes_; }
  size_t peak_bytes() const { return peak_; }
  uint64_t ops() const { return ops_; }

 private:
  const Backend& like_;
  uintptr_t next_ = uintptr_t{1} << 40;  // addresses nobody may touch
  size_t bytes_ = 0;
  size_t peak_ = 0;
};

}  // namespace xling
