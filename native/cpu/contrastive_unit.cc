#include "cpu/contrastive_unit.h"

#include <cmath>

namespace xling {

namespace {

constexpr double least_length = 1e-12;  // torch.nn.functional.normalize's

// Several chains, that additions need not wait for each other; the order depends on count alone.
double dot(const float* a, const float* b, int64_t count) {
  constexpr int chains = 8;
  double sums[chains] = {};
  int64_t i = 0;
  for (; i + chains <= count; i += chains)
    for (int c = 0; c < chains; ++c) sums[c] += static_cast<double>(a[i + c]) * b[i + c];
  for (int c = 0; i < count; ++i, ++c) sums[c] += static_cast<double>(a[i]) * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

void UnitRow::write(float* u) const {
  const double length = std::sqrt(dot(x, x, width));
  const double by = factor / (length <= least_length ? least_length : length);  // NaN stays
  for (int64_t k = 0; k < width; ++k) u[k] = static_cast<float>(x[k] * by);
}

// With n = |x|, d(x/n) = (1 - x·xᵀ/n²)/n; where n is the constant, 1/n.
void UnitRow::through(float* gradient) const {
  const double length = std::sqrt(dot(x, x, width));
  const bool constant = length <= least_length;
  const double by = factor / (constant ? least_length : length);
  const double along = constant ? 0 : by * (dot(x, gradient, width) / length / length);
  for (int64_t k = 0; k < width; ++k) gradient[k] = static_cast<float>(by * gradient[k] - along * x[k]);
}

}  // namespace xling
