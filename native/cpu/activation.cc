#include "kernels/activation.h"

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// About ten microseconds of work: what is worth waking a thread for.
constexpr int64_t elements_per_task = 8192;

}  // namespace

void CpuBackend::execute(const Activate& op) {
  const auto count = static_cast<int64_t>(op.x.shape.numel());
  split(count, elements_per_task, [&](int64_t begin, int64_t end) { loops_.activation.forward(op, begin, end); });
}

void CpuBackend::execute(const ActivateBackward& op) {
  const auto count = static_cast<int64_t>(op.x.shape.numel());
  split(count, elements_per_task, [&](int64_t begin, int64_t end) { loops_.activation.backward(op, begin, end); });
}

}  // namespace xling
