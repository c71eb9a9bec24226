#include "addon/devices.h"

#include <dlfcn.h>
#include <unistd.h>

#include "backend/module_host.h"
#include "cpu/cpu_backend.h"

namespace xling::addon {

std::string cuda_module_path() {
  Dl_info self{};
  if (!dladdr(reinterpret_cast<const void*>(&cuda_module_path), &self) || !self.dli_fname) return "xling_cuda.so";
  const std::string addon = self.dli_fname;
  return addon.substr(0, addon.rfind('/') + 1) + "xling_cuda.so";
}

namespace {

std::shared_ptr<Backend> open_cuda() {
  const std::string path = cuda_module_path();
  if (access(path.c_str(), F_OK) != 0)
    fail(ErrorCode::device_unavailable, "this installation has no CUDA module (", path, ")");
  return open_module(path);
}

}  // namespace

Registry& devices() {
  // Never destroyed: its workers' threads may outlive the last environment.
  static Registry* registry = [] {
    auto* all = new Registry;
    all->add("cuda", open_cuda);
    all->add("cpu", CpuBackend::open);
    return all;
  }();
  return *registry;
}

}  // namespace xling::addon
