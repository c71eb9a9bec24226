#include "kernels/embedding.h"

#include "cpu/cpu_backend.h"
#include "cpu/panels/weight_row.h"

namespace xling {

namespace {

// Columns of a task of the backward: a few cache lines of each row.
constexpr int64_t columns_per_task = 64;

template <class Op>
void check_ids(const Op& op, int64_t rows) {
  const auto* ids = op.ids.template as<const int32_t>();
  for (int64_t t = 0; t < op.ids.shape[0]; ++t)
    if (ids[t] < 0 || ids[t] >= rows)
      fail(ErrorCode::invalid_argument, op.name, ": id ", ids[t], " at position ", t, " is not one of 0 to ", rows - 1);
}

}  // namespace

void CpuBackend::execute(const Embedding& op) {
  check_ids(op, op.w.rows);
  const auto* ids = op.ids.as<const int32_t>();
  const PanelWeight panels(op.w, loops_);
  const bool adds = op.y_write == Write::accumulate;
  split(op.ids.shape[0], 16, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      float* y = op.y.as<float>() + t * op.w.cols;
      for_row_pieces(op.w, panels, ids[t], [&](const RowPiece& w) {
        for (int64_t k = 0; k < w.count; ++k) {
          const float picked = op.scale * w.at[k * w.step];
          y[w.begin + k] = adds ? y[w.begin + k] + picked : picked;
        }
      });
    }
  });
}

// A task goes over all tokens for its columns, so that equal ids meet in one.
void CpuBackend::execute(const EmbeddingBackward& op) {
  const int64_t width = op.dw.shape[1];
  check_ids(op, op.dw.shape[0]);
  const auto* ids = op.ids.as<const int32_t>();
  split(width, columns_per_task, [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < op.ids.shape[0]; ++t) {
      const float* dy = op.dy.as<const float>() + t * width;
      float* dw = op.dw.as<float>() + ids[t] * width;
      for (int64_t k = begin; k < end; ++k) dw[k] += op.scale * dy[k];
    }
  });
}

}  // namespace xling
