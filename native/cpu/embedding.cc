#include "kernels/embedding.h"

#include <algorithm>
#include <array>

#include "cpu/cpu_backend.h"
#include "cpu/panels/panel_weight.h"

namespace xling {

namespace {

// A frozen row is decoded with its whole panel: sixteen times the work, and
// still nothing beside one layer of the model that follows.
void pick_prepared(const PanelWeight& weight, const Embedding& op, int64_t token, int64_t row) {
  const int64_t cols = op.w.cols, width = weight.panel_rows(), panel = row / width, lane = row % width;
  std::array<float, simd::max_tile_cols * PanelWeight::piece_cols> decoded;
  float* y = op.y.as<float>() + token * cols;
  for (int64_t begin = 0; begin < cols; begin += PanelWeight::piece_cols) {
    const int64_t count = std::min(PanelWeight::piece_cols, cols - begin);
    weight.decode(panel, begin, count, decoded.data());
    for (int64_t k = 0; k < count; ++k) y[begin + k] = op.scale * decoded[static_cast<size_t>(k * width + lane)];
  }
}

void pick_row(const Embedding& op, int64_t token, int64_t row) {
  const float* from = static_cast<const float*>(op.w.data) + row * op.w.cols;
  float* y = op.y.as<float>() + token * op.w.cols;
  for (int64_t k = 0; k < op.w.cols; ++k) y[k] = op.scale * from[k];
}

}  // namespace

void CpuBackend::execute(const Embedding& op) {
  const auto* ids = op.ids.as<const int32_t>();
  const int64_t tokens = op.ids.shape[0];
  for (int64_t t = 0; t < tokens; ++t)
    if (ids[t] < 0 || ids[t] >= op.w.rows)
      fail(ErrorCode::invalid_argument, op.name, ": id ", ids[t], " at position ", t, " is not one of 0 to ", op.w.rows - 1);
  const PanelWeight panels(op.w, loops_);
  const bool prepared = op.w.layout == Layout::prepared;
  split(tokens, 16, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      if (prepared)
        pick_prepared(panels, op, t, ids[t]);
      else
        pick_row(op, t, ids[t]);
    }
  });
}

}  // namespace xling
