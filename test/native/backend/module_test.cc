#include <cstdlib>
#include <cstring>

#include "backend/buffer.h"
#include "backend/module_host.h"
#include "check.h"
#include "cpu/cpu_backend.h"

namespace {

using namespace xling;

std::vector<float> normed(const std::shared_ptr<Backend>& backend) {
  const std::vector<float> x = {1, -2, 3, 0.5f, 4, -1}, weight = {1, 2, 0.5f};
  Buffer bx(backend, 24), bw(backend, 12), by(backend, 24);
  backend->write(bx.data(), x.data(), 24);
  backend->write(bw.data(), weight.data(), 12);
  backend->zero(by.data(), 24);
  backend->run(RmsNorm{{bx.data(), {2, 3}}, {bw.data(), {3}}, {by.data(), {2, 3}}, {}, 1e-6f, 0});
  std::vector<float> y(6);
  backend->read(y.data(), by.data(), 24);
  return y;
}

TEST("device module: the same kernel through the border gives the same bits") {
  const auto module = open_module(XLING_LOOPBACK_MODULE);
  CHECK_EQ(module->info().name, std::string("loopback"));
  CHECK_EQ(module->info().why, std::string("a module was opened"));
  CHECK(normed(module) == normed(CpuBackend::open()));
}

TEST("device module: a weight goes through the border and back") {
  const auto module = open_module(XLING_LOOPBACK_MODULE);
  const std::vector<uint8_t> bytes(storage_bytes(Storage::q8_0, 5, 64), 0x21);
  Buffer memory(module, module->weight_bytes(Storage::q8_0, 5, 64));
  const Weight weight{memory.data(), 5, 64, Storage::q8_0, Layout::prepared};
  module->write_weight(weight, bytes.data());
  std::vector<uint8_t> back(bytes.size());
  module->read_weight(back.data(), weight);
  CHECK(back == bytes);
  CHECK_THROWS(ErrorCode::invalid_shape, "q8_0 has blocks of 32", (void)module->weight_bytes(Storage::q8_0, 5, 63));
}

TEST("device module: codes and messages cross, exceptions do not") {
  const auto module = open_module(XLING_LOOPBACK_MODULE);
  CHECK_THROWS(ErrorCode::out_of_memory, "needs", (void)module->allocate(size_t{1} << 60));
  CHECK_THROWS(ErrorCode::internal, "no exception", (void)module->allocate(666));
  CHECK_THROWS(ErrorCode::out_of_memory, "host memory", (void)module->allocate(667));
}

TEST("device module: missing, foreign and outdated libraries are refused with the reason") {
  CHECK_THROWS(ErrorCode::device_unavailable, "/nowhere/xling.so", open_module("/nowhere/xling.so"));
  CHECK_THROWS(ErrorCode::device_unavailable, "is not a device module", open_module("libm.so.6"));
  setenv("XLING_TEST_OTHER_ABI", "1", 1);
  CHECK_THROWS(ErrorCode::device_unavailable, "another version of xling", open_module(XLING_LOOPBACK_MODULE));
  unsetenv("XLING_TEST_OTHER_ABI");
}

}  // namespace
