#include "backend/registry.h"

namespace xling {

void Registry::add(const std::string& name, Open open) {
  std::lock_guard<std::mutex> lock(mutex_);
  entries_.push_back({name, std::move(open), nullptr});
}

std::shared_ptr<Device> Registry::open_entry(Entry& entry) {
  if (!entry.device) entry.device = std::make_shared<Device>(entry.open());
  return entry.device;
}

OpenedDevice Registry::open_named(Entry& entry) {
  try {
    return {open_entry(entry), "device '" + entry.name + "' was asked for"};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::device_unavailable) throw;
    fail(error.code(), "device '", entry.name, "' cannot be used: ", error.what(), "; use another one, or 'auto'");
  }
}

OpenedDevice Registry::open(const std::string& name) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string known, refused;
  for (auto& entry : entries_) {
    known += "'" + entry.name + "', ";
    if (name == entry.name) return open_named(entry);
    if (name != "auto") continue;
    try {
      auto device = open_entry(entry);
      return {device, refused.empty() ? device->info.why : refused};
    } catch (const Error& error) {
      if (error.code() != ErrorCode::device_unavailable) throw;
      refused += (refused.empty() ? "no " : "; no ") + entry.name + ": " + error.what();
    }
  }
  if (name == "auto") fail(ErrorCode::device_unavailable, "no device can be used: ", refused);
  fail(ErrorCode::invalid_argument, "there is no device '", name, "'; use ", known, "or 'auto'");
}

}  // namespace xling
