#include "backend/registry.h"

#include "backend/counting_backend.h"
#include "check.h"
#include "cpu/cpu_backend.h"

namespace {

using namespace xling;

std::shared_ptr<Backend> refuse() { fail(ErrorCode::device_unavailable, "no driver"); }

const Backend& counted() {
  static const auto cpu = CpuBackend::open();
  return *cpu;
}

TEST("registry: 'auto' takes the first device that opens and says why") {
  Registry registry;
  registry.add("cuda", refuse);
  registry.add("cpu", [] { return std::make_shared<CountingBackend>(counted()); });
  const auto opened = registry.open("auto");
  CHECK_EQ(opened.device->info.name, std::string("counting"));
  CHECK_EQ(opened.why, std::string("no cuda: no driver"));
  CHECK(registry.open("cpu").device == opened.device);  // one per process
}

TEST("registry: a named device never falls back, an unknown one lists the known") {
  Registry registry;
  registry.add("cuda", refuse);
  registry.add("cpu", [] { return std::make_shared<CountingBackend>(counted()); });
  CHECK_THROWS(ErrorCode::device_unavailable, "device 'cuda' cannot be used: no driver", registry.open("cuda"));
  CHECK_THROWS(ErrorCode::invalid_argument, "'cuda', 'cpu', or 'auto'", registry.open("gpu"));
}

TEST("registry: 'auto' passes on what is not mere absence") {
  Registry registry;
  registry.add("cuda", []() -> std::shared_ptr<Backend> { fail(ErrorCode::out_of_memory, "full"); });
  CHECK_THROWS(ErrorCode::out_of_memory, "full", registry.open("auto"));
}

}  // namespace
