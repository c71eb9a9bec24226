#include "cpu/panels/panel_weight.h"

#include <algorithm>
#include <array>

namespace xling {

PanelWeight::PanelWeight(const Weight& weight, const simd::Loops& loops)
    : weight_(weight), loops_(loops), layout_(panel_layout(weight.storage, weight.rows, weight.cols, loops.gemm.cols)) {}

simd::Panels PanelWeight::panels_from(int64_t panel) const {
  const auto* data = static_cast<const uint8_t*>(weight_.data);
  return {data + static_cast<size_t>(panel) * layout_.panel_bytes, panel * panel_rows(), weight_.rows, weight_.cols,
          data + layout_.tail};
}

void PanelWeight::decode(int64_t panel, int64_t begin, int64_t count, float* out) const {
  loops_.panels.decode[static_cast<size_t>(weight_.storage)]({panels_from(panel), begin, count, out});
}

void PanelWeight::write_strip(const Gemm::Strip& strip) const {
  decode(strip.col_begin / panel_rows(), strip.depth_begin, strip.depth_count, strip.out);
}

void PanelWeight::write_turned_strip(const Gemm::Strip& strip) const {
  std::array<float, simd::max_tile_cols * piece_cols> decoded;
  const int64_t width = panel_rows();
  for (int64_t row = 0; row < strip.depth_count; row += width) {
    decode((strip.depth_begin + row) / width, strip.col_begin, strip.col_count, decoded.data());
    const int64_t rows = std::min(width, strip.depth_count - row);
    for (int64_t j = 0; j < strip.col_count; j += strip.panel_cols)
      loops_.gemm.pack_cols({decoded.data() + j * width, width, 1, std::min(strip.panel_cols, strip.col_count - j), rows,
                             strip.column(j) + row * strip.panel_cols});
  }
}

void PanelWeight::multiply(const FewRows& op, int64_t begin, int64_t end) const {
  for (int64_t row = 0; row < op.rows; row += simd::max_panel_rows_multiplied) {
    const int64_t rows = std::min<int64_t>(simd::max_panel_rows_multiplied, op.rows - row);
    const float* start = op.start ? op.start + row * op.start_row + begin : nullptr;
    loops_.panels.multiply[static_cast<size_t>(rows - 1)][static_cast<size_t>(weight_.storage)](
        {panels_from(begin / panel_rows()), end - begin, op.x + row * weight_.cols, start, op.start_row,
         op.y + row * weight_.rows + begin, weight_.rows});
  }
}

}  // namespace xling
