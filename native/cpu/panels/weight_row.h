// One row of a weight, in whatever storage and layout it is.
#pragma once

#include <algorithm>
#include <array>

#include "cpu/panels/panel_weight.h"

namespace xling {

// w[row, begin + k] is at[k·step], for k < count.
struct RowPiece {
  int64_t begin, count;
  const float* at;
  int64_t step;
};

// Calls use(RowPiece) over a row's columns, ascending. A frozen row is decoded
// with its whole panel: as many times the work as that has rows, and still
// nothing beside a product with the weight.
template <class Use>
void for_row_pieces(const Weight& w, const PanelWeight& panels, int64_t row, const Use& use) {
  if (w.layout == Layout::rows) return use(RowPiece{0, w.cols, static_cast<const float*>(w.data) + row * w.cols, 1});
  const int64_t width = panels.panel_rows(), panel = row / width, lane = row % width;
  std::array<float, simd::max_tile_cols * PanelWeight::piece_cols> decoded;
  for (int64_t begin = 0; begin < w.cols; begin += PanelWeight::piece_cols) {
    const int64_t count = std::min(PanelWeight::piece_cols, w.cols - begin);
    panels.decode(panel, begin, count, decoded.data());
    use(RowPiece{begin, count, decoded.data() + lane, width});
  }
}

}  // namespace xling
