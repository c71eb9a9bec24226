#include "kernels/layer_norm.h"

#include <algorithm>

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// Elements that are worth waking a thread for: about ten microseconds of work.
constexpr int64_t elements_per_task = 16384;
// Columns of one task of dweight and dbias: a few cache lines of every row, and tasks enough for narrow models.
constexpr int64_t columns_per_task = 64;

int64_t rows_per_task(int64_t width) { return std::max<int64_t>(1, elements_per_task / width); }

}  // namespace

void CpuBackend::execute(const LayerNorm& op) {
  split(op.x.shape[0], rows_per_task(op.x.shape[1]),
        [&](int64_t begin, int64_t end) { loops_.layer_norm.forward(op, begin, end); });
}

void CpuBackend::execute(const LayerNormBackward& op) {
  // The parameters first: dx may be written over dy.
  if (!op.dweight.absent() || !op.dbias.absent())
    split(op.x.shape[1], columns_per_task, [&](int64_t begin, int64_t end) { loops_.layer_norm.parameters(op, begin, end); });
  if (!op.dx.absent())
    split(op.x.shape[0], rows_per_task(op.x.shape[1]),
          [&](int64_t begin, int64_t end) { loops_.layer_norm.dx(op, begin, end); });
}

}  // namespace xling
