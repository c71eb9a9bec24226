#include "kernels/adamw.h"

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// About ten microseconds of work: what is worth waking a thread for.
constexpr int64_t elements_per_task = 8192;

}  // namespace

void CpuBackend::execute(const AdamW& op) {
  const auto count = static_cast<int64_t>(op.w.shape.numel());
  split(count, elements_per_task, [&](int64_t begin, int64_t end) { loops_.adamw(op, begin, end); });
}

}  // namespace xling
