// The devices this process can have. Whoever puts the program together adds
// one line per backend; everything else opens them by name.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/device_worker.h"

namespace xling {

// A backend and the thread that calls it: one of each per device and process.
struct Device {
  std::shared_ptr<Backend> backend;
  DeviceWorker worker;
  DeviceInfo info;

  explicit Device(std::shared_ptr<Backend> opened) : backend(std::move(opened)), info(backend->info()) {}
};

struct OpenedDevice {
  std::shared_ptr<Device> device;
  std::string why;  // why it is this device
};

class Registry {
 public:
  using Open = std::function<std::shared_ptr<Backend>()>;  // throws ERR_DEVICE_UNAVAILABLE with the reason

  // Backends are preferred for 'auto' in the order they are added.
  void add(const std::string& name, Open open);

  // `name` or 'auto'. A named device never falls back: what keeps it from
  // opening is thrown. An unknown name is ERR_INVALID_ARGUMENT.
  OpenedDevice open(const std::string& name);

 private:
  struct Entry {
    std::string name;
    Open open;
    std::shared_ptr<Device> device;  // kept once opened
  };
  std::shared_ptr<Device> open_entry(Entry& entry);
  OpenedDevice open_named(Entry& entry);

  std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace xling
