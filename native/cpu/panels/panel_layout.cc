#include "cpu/panels/panel_layout.h"

#include "core/nf4_layout.h"

namespace xling {

BlockFields block_fields(Storage storage, int64_t rows, int64_t cols) {
  const size_t stride = bytes_per_block(storage);
  switch (storage) {
    case Storage::f32: return {{{{0, stride, 4, 1}}}, 1};
    case Storage::bf16:
    case Storage::f16: return {{{{0, stride, 2, 1}}}, 1};
    case Storage::nf4: return {{{{0, stride, 1, 32}, {nf4_layout(storage, rows, cols).absmax, 4, 4, 1}}}, 2};
    case Storage::nf4d: return {{{{0, stride, 1, 32}, {nf4_layout(storage, rows, cols).absmax, 1, 1, 1}}}, 2};
    case Storage::q8_0: return {{{{0, stride, 2, 1}, {2, stride, 1, 32}}}, 2};
    case Storage::q4_0: return {{{{0, stride, 2, 1}, {2, stride, 1, 16}}}, 2};
    case Storage::q4_1: return {{{{0, stride, 2, 2}, {4, stride, 1, 16}}}, 2};
    case Storage::q5_0: return {{{{0, stride, 2, 1}, {2, stride, 1, 4 + 16}}}, 2};
    case Storage::q5_1: return {{{{0, stride, 2, 2}, {4, stride, 1, 4 + 16}}}, 2};
    case Storage::q4_k: return {{{{0, stride, 2, 2}, {4, stride, 1, 12 + 128}}}, 2};
    case Storage::q5_k: return {{{{0, stride, 2, 2}, {4, stride, 1, 12 + 32 + 128}}}, 2};
    case Storage::q6_k: return {{{{0, stride, 1, 128 + 64 + 16}, {208, stride, 2, 1}}}, 2};
  }
  fail(ErrorCode::internal, "no panel layout for ", name_of(storage));
}

PanelLayout panel_layout(Storage storage, int64_t rows, int64_t cols, int64_t panel_rows) {
  const size_t as_rows = storage_bytes(storage, rows, cols);  // refuses what fits no matrix of this storage
  const BlockFields fields = block_fields(storage, rows, cols);
  size_t block = 0;
  for (int i = 0; i < fields.count; ++i) block += fields.fields[i].bytes * fields.fields[i].count;
  PanelLayout layout{};
  layout.block_bytes = block * static_cast<size_t>(panel_rows);
  layout.panels = rows / panel_rows + (rows % panel_rows != 0);
  const auto blocks = static_cast<size_t>(cols / elements_per_block(storage));
  layout.panel_bytes = checked_mul(blocks, layout.block_bytes, "bytes of a panel");
  layout.tail = checked_mul(static_cast<size_t>(layout.panels), layout.panel_bytes, "bytes of a matrix");
  const bool nested = storage == Storage::nf4d;
  const size_t tail = nested ? as_rows - nf4_layout(storage, rows, cols).group_absmax : 0;
  layout.bytes = checked_add(layout.tail, tail, "bytes of a matrix");
  return layout;
}

}  // namespace xling
