// The host's side of the device-module border: a Backend whose every call goes
// through a module's C functions, and the loader that opens such a module.
#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"

namespace xling {

// Opens the shared library at `path`. Throws ERR_DEVICE_UNAVAILABLE if it is
// missing, is no module, was built for other contracts, or finds no device.
// The library stays open for the life of the process.
std::shared_ptr<Backend> open_module(const std::string& path);

}  // namespace xling
