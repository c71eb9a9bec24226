#include "kernels/pool.h"

#include <algorithm>

#include "cpu/cpu_backend.h"
#include "cpu/row_offsets.h"

namespace xling {

namespace {

// About ten microseconds of work: what is worth waking a thread for.
constexpr int64_t elements_per_task = 32768;

// Rows that have so many elements, if all are alike.
int64_t rows_per_task(const Shape& tokens, int64_t rows) {
  const auto elements = static_cast<int64_t>(tokens.numel());
  return std::max<int64_t>(1, elements_per_task / std::max<int64_t>(1, elements / std::max<int64_t>(1, rows)));
}

}  // namespace

void CpuBackend::execute(const Pool& op) {
  const int64_t rows = op.y.shape[0];
  check_row_offsets(op.name, op.offsets, op.x.shape[0]);
  split(rows, rows_per_task(op.x.shape, rows), [&](int64_t begin, int64_t end) { loops_.pool.forward(op, begin, end); });
}

void CpuBackend::execute(const PoolBackward& op) {
  const int64_t rows = op.dy.shape[0];
  check_row_offsets(op.name, op.offsets, op.dx.shape[0]);
  split(rows, rows_per_task(op.dx.shape, rows), [&](int64_t begin, int64_t end) { loops_.pool.backward(op, begin, end); });
}

}  // namespace xling
