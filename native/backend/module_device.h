// The module's side of the border: turns any Backend into the C table. A device
// module is this header, its Backend, and one exported function.
#pragma once

#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "backend/backend.h"
#include "backend/module_fingerprint.h"

namespace xling {

// Runs `body`; an exception becomes its code and message. The one catch of a module.
template <class Body>
int32_t guarded(XlingFault* fault, const Body& body) noexcept {
  const auto report = [&](ErrorCode code, const char* message) {
    fault->code = static_cast<int32_t>(code);
    std::snprintf(fault->message, sizeof fault->message, "%s", message);
    return fault->code;
  };
  try {
    body();
    return 0;
  } catch (const Error& error) {
    return report(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return report(ErrorCode::out_of_memory, "the device module ran out of host memory");
  } catch (const std::exception& error) {
    return report(ErrorCode::internal, error.what());
  } catch (...) {
    return report(ErrorCode::internal, "the device module threw something that is no exception");
  }
}

template <class Device>
struct ModuleTable {
  static Device& self(void* pointer) { return *static_cast<Device*>(pointer); }

  static void copy_text(char* to, size_t size, const std::string& from) { std::snprintf(to, size, "%s", from.c_str()); }

  static int32_t describe(void* p, XlingDeviceText* out, XlingFault* fault) {
    return guarded(fault, [&] {
      const DeviceInfo info = self(p).info();
      copy_text(out->name, sizeof out->name, info.name);
      copy_text(out->isa, sizeof out->isa, info.isa);
      copy_text(out->why, sizeof out->why, info.why);
      out->threads = info.threads;
    });
  }
  static int32_t allocate(void* p, uint64_t bytes, void** out, XlingFault* fault) {
    return guarded(fault, [&] { *out = self(p).allocate(bytes); });
  }
  static void release(void* p, void* address, uint64_t bytes) { self(p).release(address, bytes); }
  static int32_t write(void* p, void* device, const void* host, uint64_t bytes, XlingFault* fault) {
    return guarded(fault, [&] { self(p).write(device, host, bytes); });
  }
  static int32_t read(void* p, void* host, const void* device, uint64_t bytes, XlingFault* fault) {
    return guarded(fault, [&] { self(p).read(host, device, bytes); });
  }
  static int32_t zero(void* p, void* device, uint64_t bytes, XlingFault* fault) {
    return guarded(fault, [&] { self(p).zero(device, bytes); });
  }
  static int32_t weight_bytes(void* p, int32_t storage, int64_t rows, int64_t cols, uint64_t* out, XlingFault* fault) {
    return guarded(fault, [&] { *out = self(p).weight_bytes(static_cast<Storage>(storage), rows, cols); });
  }
  static int32_t write_weight(void* p, const void* weight, const void* host, XlingFault* fault) {
    return guarded(fault, [&] { self(p).write_weight(*static_cast<const Weight*>(weight), host); });
  }
  static int32_t read_weight(void* p, void* host, const void* weight, XlingFault* fault) {
    return guarded(fault, [&] { self(p).read_weight(host, *static_cast<const Weight*>(weight)); });
  }
  static int32_t run(void* p, int32_t contract, const void* op, XlingFault* fault) {
    return guarded(fault, [&] {
      int32_t number = 0;
      bool found = false;
      for_each_contract(Contracts{}, [&](auto* type) {
        using Op = std::remove_pointer_t<decltype(type)>;
        if (number++ != contract) return;
        found = true;
        self(p).run(*static_cast<const Op*>(op));
      });
      if (!found) fail(ErrorCode::invalid_argument, "the device module has no contract number ", contract);
    });
  }
  static void close(void* p) { delete &self(p); }
};

// The body of xling_backend_open: refuses another fingerprint, then makes the
// device; `make()` returns a new Device or throws.
template <class Device, class Make>
int32_t open_as_module(uint64_t abi, XlingBackend* out, XlingFault* fault, const Make& make) noexcept {
  return guarded(fault, [&] {
    if (abi != module_fingerprint())
      fail(ErrorCode::device_unavailable, "it was built for another version of xling; install the module of this version");
    using Table = ModuleTable<Device>;
    *out = {make(),      Table::describe,     Table::allocate,     Table::release,     Table::write, Table::read,
            Table::zero, Table::weight_bytes, Table::write_weight, Table::read_weight, Table::run,   Table::close};
  });
}

}  // namespace xling
