#include "kernels/rms_norm.h"

#include <algorithm>

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// Elements that are worth waking a thread for: about ten microseconds of work.
constexpr int64_t elements_per_task = 16384;
// Columns of one task of dweight: a few cache lines of every row.
constexpr int64_t columns_per_task = 128;

int64_t rows_per_task(int64_t width) { return std::max<int64_t>(1, elements_per_task / std::max<int64_t>(1, width)); }

const simd::RmsNormLoops& loops_for(const simd::Loops& loops, DType dtype) {
  return dtype == DType::bf16 ? loops.rms_norm_bf16 : loops.rms_norm_f32;
}

}  // namespace

void CpuBackend::execute(const RmsNorm& op) {
  const auto& loops = loops_for(loops_, op.x.dtype);
  split(op.x.shape[0], rows_per_task(op.x.shape[1]), [&](int64_t begin, int64_t end) { loops.forward(op, begin, end); });
}

void CpuBackend::execute(const RmsNormBackward& op) {
  const auto& loops = loops_for(loops_, op.x.dtype);
  // dweight first: dx may be written over dy.
  if (!op.dweight.absent())
    split(op.x.shape[1], columns_per_task, [&](int64_t begin, int64_t end) { loops.dweight(op, begin, end); });
  if (!op.dx.absent())
    split(op.x.shape[0], rows_per_task(op.x.shape[1]), [&](int64_t begin, int64_t end) { loops.dx(op, begin, end); });
}

}  // namespace xling
