#include "kernels/rope.h"

#include <algorithm>
#include <cmath>

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// About ten microseconds of work: what is worth waking a thread for.
constexpr int64_t angles_per_task = 256;
constexpr int64_t features_per_task = 16384;

int64_t tokens_per_task(int64_t work, int64_t width) { return std::max<int64_t>(1, work / std::max<int64_t>(1, width)); }

}  // namespace

void CpuBackend::execute(const RopeTable& op) {
  const int64_t half = op.frequencies.shape[0];
  const auto* positions = op.positions.as<int32_t>();
  const auto* frequencies = op.frequencies.as<float>();
  split(op.positions.shape[0], tokens_per_task(angles_per_task, half), [&](int64_t begin, int64_t end) {
    for (int64_t token = begin; token < end; ++token) {
      float* cos = op.cos.as<float>() + token * half;
      float* sin = op.sin.as<float>() + token * half;
      for (int64_t i = 0; i < half; ++i) {
        // A product in f32; its functions in f64, so that their rounding to f32 is the only one.
        const double angle = static_cast<float>(positions[token]) * frequencies[i];
        cos[i] = static_cast<float>(std::cos(angle)) * op.scale;
        sin[i] = static_cast<float>(std::sin(angle)) * op.scale;
      }
    }
  });
}

void CpuBackend::execute(const Rope& op) {
  const int64_t width = op.x.shape[1] * op.x.shape[2];
  split(op.x.shape[0], tokens_per_task(features_per_task, width), [&](int64_t begin, int64_t end) { loops_.rope(op, begin, end); });
}

}  // namespace xling
