#include "cpu/panels/lay_panels.h"

#include <algorithm>
#include <cstring>

#include "core/nf4_layout.h"
#include "cpu/panels/panel_layout.h"

namespace xling {

namespace {

// One field of some blocks of one row: numbers that lie together in the row, and apart by a panel's rows in the panel.
template <size_t bytes, bool to_panel, class Row, class Panel>
void move_numbers(Row* row, size_t row_stride, Panel* panel, size_t panel_stride, size_t blocks, size_t count, size_t panel_rows) {
  for (size_t block = 0; block < blocks; ++block, row += row_stride, panel += panel_stride)
    for (size_t i = 0; i < count; ++i)
      if constexpr (to_panel)
        std::memcpy(panel + i * panel_rows * bytes, row + i * bytes, bytes);
      else
        std::memcpy(row + i * bytes, panel + i * panel_rows * bytes, bytes);
}

template <bool to_panel, class Row, class Panel>
void move_field(const BlockField& field, Row* row, Panel* panel, size_t panel_stride, size_t blocks, size_t panel_rows) {
  if (field.bytes == 1) return move_numbers<1, to_panel>(row, field.stride, panel, panel_stride, blocks, field.count, panel_rows);
  if (field.bytes == 2) return move_numbers<2, to_panel>(row, field.stride, panel, panel_stride, blocks, field.count, panel_rows);
  move_numbers<4, to_panel>(row, field.stride, panel, panel_stride, blocks, field.count, panel_rows);
}

// Bytes of a row that are moved before the next row's: a cache line or two, so that rows a power of two apart, which share a
// place in the cache, do not drive each other out before a line is done with.
constexpr size_t run_bytes = 128;

template <bool to_panel, class Rows, class Panel>
void move_panels(const Weight& weight, Rows* rows, Panel* panels, int64_t panel_rows, ThreadPool& pool) {
  const BlockFields fields = block_fields(weight.storage, weight.rows, weight.cols);
  const PanelLayout layout = panel_layout(weight.storage, weight.rows, weight.cols, panel_rows);
  const auto blocks = static_cast<size_t>(weight.cols / elements_per_block(weight.storage));
  const size_t run = std::max<size_t>(1, run_bytes / bytes_per_block(weight.storage));
  pool.run(layout.panels, [&](int64_t index) {
    const auto first_row = static_cast<size_t>(index * panel_rows);
    const auto lanes = static_cast<size_t>(std::min(panel_rows, weight.rows - index * panel_rows));
    Panel* panel = panels + static_cast<size_t>(index) * layout.panel_bytes;
    for (size_t block = 0; block < blocks; block += run) {
      const size_t count = std::min(run, blocks - block);
      for (size_t lane = 0; lane < lanes; ++lane) {
        Panel* to = panel + block * layout.block_bytes;
        for (int f = 0; f < fields.count; ++f) {
          const BlockField& field = fields.fields[f];
          Rows* from = rows + field.from + ((first_row + lane) * blocks + block) * field.stride;
          move_field<to_panel>(field, from, to + lane * field.bytes, layout.block_bytes, count, static_cast<size_t>(panel_rows));
          to += field.bytes * field.count * static_cast<size_t>(panel_rows);
        }
      }
    }
  });
  if (weight.storage != Storage::nf4d) return;
  const size_t tail = nf4_layout(weight.storage, weight.rows, weight.cols).group_absmax;
  if constexpr (to_panel)
    std::memcpy(panels + layout.tail, rows + tail, layout.bytes - layout.tail);
  else
    std::memcpy(rows + tail, panels + layout.tail, layout.bytes - layout.tail);
}

}  // namespace

void lay_panels(const Weight& weight, const void* rows, int64_t panel_rows, ThreadPool& pool) {
  const PanelLayout layout = panel_layout(weight.storage, weight.rows, weight.cols, panel_rows);
  auto* panels = static_cast<uint8_t*>(weight.data);
  if (weight.rows % panel_rows != 0) std::memset(panels + layout.tail - layout.panel_bytes, 0, layout.panel_bytes);
  move_panels<true>(weight, static_cast<const uint8_t*>(rows), panels, panel_rows, pool);
}

void unlay_panels(void* rows, const Weight& weight, int64_t panel_rows, ThreadPool& pool) {
  auto* to = static_cast<uint8_t*>(rows);
  // What pads the scales of nf4d belongs to no block.
  if (weight.storage == Storage::nf4d) {
    const Nf4Layout layout = nf4_layout(weight.storage, weight.rows, weight.cols);
    std::memset(to + layout.absmax, 0, layout.group_absmax - layout.absmax);
  }
  move_panels<false>(weight, to, static_cast<const uint8_t*>(weight.data), panel_rows, pool);
}

}  // namespace xling
