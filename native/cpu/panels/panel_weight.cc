#include "cpu/panels/panel_weight.h"

#include <algorithm>
#include <array>

namespace xling {

namespace {

int64_t passes_for(int64_t rows) { return (rows + simd::max_panel_rows_multiplied - 1) / simd::max_panel_rows_multiplied; }

// Up to how many passes that decode a panel each are faster than decoding it once for all, as measured.
int64_t passes_on_the_way(Storage storage) {
  if (elements_per_block(storage) == 1) return passes_for(PanelWeight::most_few_rows);
  return storage == Storage::q8_0 ? 2 : 1;
}

}  // namespace

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
  // One pass reads panels side by side; more of them go over a panel while it is in a cache.
  const int64_t passes = passes_for(op.rows), width = passes == 1 ? end - begin : panel_rows();
  for (int64_t first = begin; first < end; first += width) {
    const int64_t outputs = std::min(width, end - first);
    if (passes <= passes_on_the_way(weight_.storage))
      multiply_on_the_way(op, first, outputs);
    else
      multiply_decoded(op, first, outputs);
  }
}

void PanelWeight::multiply_on_the_way(const FewRows& op, int64_t first, int64_t outputs) const {
  const float* start = op.start ? op.start + first : nullptr;
  multiply_passes(weight_.storage, op.rows,
                  {panels_from(first / panel_rows()), outputs, op.x, weight_.cols, start, op.start_row, op.y + first, weight_.rows});
}

// A piece of a panel at a time; between pieces the sums wait side by side.
void PanelWeight::multiply_decoded(const FewRows& op, int64_t first, int64_t outputs) const {
  alignas(64) std::array<float, simd::max_tile_cols * piece_cols> decoded;
  alignas(64) std::array<float, simd::max_tile_cols * most_few_rows> sums;
  const int64_t width = panel_rows(), cols = weight_.cols;
  simd::PanelMultiply piece{};
  piece.panels = {reinterpret_cast<const uint8_t*>(decoded.data()), 0, width, 0, nullptr};
  piece.outputs = outputs, piece.x_row = cols;
  piece.start = op.start ? op.start + first : nullptr, piece.start_row = op.start_row;
  piece.y = sums.data(), piece.y_row = width;
  int64_t begin = 0;
  do {
    const int64_t count = std::min(piece_cols, cols - begin);
    decode(first / width, begin, count, decoded.data());
    piece.panels.cols = count, piece.x = op.x + begin;
    if (begin + count == cols) piece.y = op.y + first, piece.y_row = weight_.rows;
    multiply_passes(Storage::f32, op.rows, piece);
    piece.start = sums.data(), piece.start_row = width;
    begin += count;
  } while (begin < cols);
}

void PanelWeight::multiply_passes(Storage storage, int64_t rows, const simd::PanelMultiply& all) const {
  const int64_t passes = passes_for(rows);
  for (int64_t pass = 0; pass < passes; ++pass) {
    const int64_t row = rows * pass / passes, count = rows * (pass + 1) / passes - row;
    simd::PanelMultiply part = all;
    part.x += row * part.x_row, part.y += row * part.y_row;
    if (part.start) part.start += row * part.start_row;
    loops_.panels.multiply[static_cast<size_t>(count - 1)][static_cast<size_t>(storage)](part);
  }
}

}  // namespace xling
