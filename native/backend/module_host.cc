#include "backend/module_host.h"

#include <dlfcn.h>

#include <cstdio>

#include "backend/module_fingerprint.h"

namespace xling {

namespace {

ErrorCode code_of(int32_t number) {
  const bool known = number > 0 && number <= static_cast<int32_t>(last_error_code);
  return known ? static_cast<ErrorCode>(number) : ErrorCode::device_failed;
}

template <class Base, class List>
class Forwards;

template <class Base>
class Forwards<Base, ContractList<>> : public Base {
 protected:
  using Base::execute;
  virtual void forward(int32_t contract, const void* op) = 0;
};

template <class Base, class Op, class... Rest>
class Forwards<Base, ContractList<Op, Rest...>> : public Forwards<Base, ContractList<Rest...>> {
 protected:
  using Forwards<Base, ContractList<Rest...>>::execute;
  void execute(const Op& op) override { this->forward(index_of<Op>(Contracts{}), &op); }
};

class ModuleBackend final : public Forwards<Backend, Contracts> {
 public:
  explicit ModuleBackend(const XlingBackend& table) : table_(table) {}
  ~ModuleBackend() override { table_.close(table_.self); }

  DeviceInfo info() const override {
    XlingDeviceText text{};
    call(table_.describe, &text);
    return {text.name, text.isa, text.why, text.threads};
  }
  void* allocate(size_t bytes) override {
    void* address = nullptr;
    call(table_.allocate, bytes, &address);
    return address;
  }
  void release(void* address, size_t bytes) noexcept override { table_.release(table_.self, address, bytes); }
  void write(void* device, const void* host, size_t bytes) override { call(table_.write, device, host, bytes); }
  void read(void* host, const void* device, size_t bytes) override { call(table_.read, host, device, bytes); }
  void zero(void* device, size_t bytes) override { call(table_.zero, device, bytes); }
  size_t weight_bytes(Storage storage, int64_t rows, int64_t cols) const override {
    uint64_t bytes = 0;
    call(table_.weight_bytes, static_cast<int32_t>(storage), rows, cols, &bytes);
    return bytes;
  }
  void write_weight(const Weight& device, const void* host) override { call(table_.write_weight, &device, host); }
  void read_weight(void* host, const Weight& device) override { call(table_.read_weight, host, &device); }

 private:
  void forward(int32_t contract, const void* op) override { call(table_.run, contract, op); }

  template <class Function, class... Args>
  void call(Function function, Args... args) const {
    XlingFault fault{};
    const int32_t status = function(table_.self, args..., &fault);
    if (status != 0) throw Error(code_of(status), fault.message);
  }

  XlingBackend table_;
};

void log_line(const char* line) { std::fprintf(stderr, "%s\n", line); }

}  // namespace

std::shared_ptr<Backend> open_module(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) fail(ErrorCode::device_unavailable, "cannot open the device module: ", dlerror());
  const auto open = reinterpret_cast<XlingBackendOpen>(dlsym(library, XLING_MODULE_ENTRY));
  if (!open) fail(ErrorCode::device_unavailable, path, " is not a device module: it has no ", XLING_MODULE_ENTRY);
  static const XlingHost host{log_line};
  XlingBackend table{};
  XlingFault fault{};
  if (open(module_fingerprint(), &host, &table, &fault) != 0)
    fail(ErrorCode::device_unavailable, path, " refused to open: ", fault.message);
  return std::make_shared<ModuleBackend>(table);
}

}  // namespace xling
