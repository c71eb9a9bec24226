#include "kernels/adapter_merge.h"

#include <algorithm>
#include <array>

#include "cpu/cpu_backend.h"
#include "cpu/panels/panel_layout.h"

namespace xling {

namespace {

// A tile of the product stays in a small L1 until it is added; so many rows share one packing of a factor.
constexpr int64_t tile_rows = 32, tile_cols = 128;
using Tile = std::array<float, tile_rows * tile_cols>;
static_assert(simd::max_tile_cols <= tile_cols);

}  // namespace

void CpuBackend::execute(const AdapterMerge& op) {
  if (op.w.layout == Layout::rows)
    merge_in_rows(op);
  else
    merge_in_panels(op);
}

void CpuBackend::merge_in_rows(const AdapterMerge& op) {
  const int64_t ranks = op.a.shape[0], inputs = op.a.shape[1], outputs = op.b.shape[0];
  const auto* w = static_cast<const float*>(op.w.data);
  auto* y = static_cast<float*>(op.y.data);
  split(outputs, tile_rows, [&](int64_t begin, int64_t end) {
    Tile product;
    for (int64_t row = begin; row < end; row += tile_rows)
      for (int64_t col = 0; col < inputs; col += tile_cols) {
        const int64_t rows = std::min(tile_rows, end - row), cols = std::min(tile_cols, inputs - col);
        loops_.lora_product({rows, cols, ranks, op.b.as<const float>() + row * ranks, ranks, 1, op.a.as<const float>() + col, inputs, 1,
                             product.data(), tile_cols, Write::assign});
        for (int64_t i = 0; i < rows; ++i) {
          const int64_t at = (row + i) * inputs + col;
          loops_.merge.f32(w + at, product.data() + i * tile_cols, op.scale, y + at, cols);
        }
      }
  });
}

// A panel has, for each input, its outputs' numbers side by side: the same product, turned.
void CpuBackend::merge_in_panels(const AdapterMerge& op) {
  const int64_t ranks = op.a.shape[0], inputs = op.a.shape[1], outputs = op.b.shape[0], width = loops_.gemm.cols;
  const PanelLayout layout = panel_layout(op.w.storage, outputs, inputs, width);
  const auto number = static_cast<int64_t>(bytes_per_block(op.w.storage));
  const auto add = op.w.storage == Storage::f32 ? loops_.merge.f32 : loops_.merge.bf16;
  pool_.run(layout.panels, [&](int64_t panel) {
    Tile product;
    const int64_t first = panel * width, lanes = std::min(width, outputs - first);
    const auto at = static_cast<size_t>(panel) * layout.panel_bytes;
    const auto* w = static_cast<const uint8_t*>(op.w.data) + at;
    auto* y = static_cast<uint8_t*>(op.y.data) + at;
    // What pads the last panel is zero, and stays it.
    if (lanes < width) product.fill(0);
    for (int64_t k = 0; k < inputs; k += tile_rows) {
      const int64_t count = std::min(tile_rows, inputs - k);
      loops_.lora_product({count, lanes, ranks, op.a.as<const float>() + k, 1, inputs, op.b.as<const float>() + first * ranks, 1, ranks,
                           product.data(), width, Write::assign});
      add(w + k * width * number, product.data(), op.scale, y + k * width * number, count * width);
    }
  });
}

}  // namespace xling
