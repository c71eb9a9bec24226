#include "kernels/grad_norm.h"

#include <cmath>
#include <vector>

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// About ten microseconds of work: what is worth waking a thread for.
constexpr int64_t elements_per_task = 32768;

}  // namespace

void CpuBackend::execute(const GradNorm& op) {
  const auto count = static_cast<int64_t>(op.g.shape.numel());
  std::vector<double> sums(static_cast<size_t>((count + elements_per_task - 1) / elements_per_task));
  split(count, elements_per_task, [&](int64_t begin, int64_t end) {
    sums[static_cast<size_t>(begin / elements_per_task)] = loops_.sum_of_squares(op.g.as<const float>() + begin, end - begin);
  });
  double total = 0;
  for (double sum : sums) total += sum;
  *op.norm.as<float>() = static_cast<float>(std::sqrt(total));
}

}  // namespace xling
