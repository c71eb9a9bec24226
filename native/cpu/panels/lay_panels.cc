#include "cpu/panels/lay_panels.h"

#include <algorithm>
#include <cstring>

#include "core/nf4_layout.h"
#include "cpu/panels/panel_layout.h"

namespace xling {

namespace {

// One field of one block: `lanes` rows' numbers side by side in the panel,
// apart by `row_stride` in the rows.
template <size_t bytes, bool to_panel, class Rows, class Panel>
void move_field(Rows* rows, size_t row_stride, Panel* panel, size_t panel_rows, size_t lanes, size_t count) {
  for (size_t i = 0; i < count; ++i)
    for (size_t lane = 0; lane < lanes; ++lane) {
      auto* in_row = rows + lane * row_stride + i * bytes;
      auto* in_panel = panel + (i * panel_rows + lane) * bytes;
      if constexpr (to_panel)
        std::memcpy(in_panel, in_row, bytes);
      else
        std::memcpy(in_row, in_panel, bytes);
    }
}

template <bool to_panel, class Rows, class Panel>
void move_field_of(const BlockField& field, Rows* rows, size_t row_stride, Panel* panel, size_t panel_rows, size_t lanes) {
  if (field.bytes == 1) return move_field<1, to_panel>(rows, row_stride, panel, panel_rows, lanes, field.count);
  if (field.bytes == 2) return move_field<2, to_panel>(rows, row_stride, panel, panel_rows, lanes, field.count);
  move_field<4, to_panel>(rows, row_stride, panel, panel_rows, lanes, field.count);
}

template <bool to_panel, class Rows, class Panel>
void move_panels(const Weight& weight, Rows* rows, Panel* panels, int64_t panel_rows, ThreadPool& pool) {
  const BlockFields fields = block_fields(weight.storage, weight.rows, weight.cols);
  const PanelLayout layout = panel_layout(weight.storage, weight.rows, weight.cols, panel_rows);
  const auto blocks = static_cast<size_t>(weight.cols / elements_per_block(weight.storage));
  pool.run(layout.panels, [&](int64_t index) {
    const auto first_row = static_cast<size_t>(index * panel_rows);
    const auto lanes = static_cast<size_t>(std::min(panel_rows, weight.rows - index * panel_rows));
    Panel* panel = panels + static_cast<size_t>(index) * layout.panel_bytes;
    for (size_t block = 0; block < blocks; ++block)
      for (int f = 0; f < fields.count; ++f) {
        const BlockField& field = fields.fields[f];
        Rows* from = rows + field.from + (first_row * blocks + block) * field.stride;
        move_field_of<to_panel>(field, from, blocks * field.stride, panel, static_cast<size_t>(panel_rows), lanes);
        panel += field.bytes * field.count * static_cast<size_t>(panel_rows);
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
