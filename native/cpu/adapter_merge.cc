#include "kernels/adapter_merge.h"

#include <algorithm>
#include <array>

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// A tile of the product stays in a small L1 until it is added; so many rows share one packing of `a`.
constexpr int64_t tile_rows = 32, tile_cols = 128;

}  // namespace

void CpuBackend::execute(const AdapterMerge& op) {
  const int64_t ranks = op.a.shape[0], inputs = op.a.shape[1], outputs = op.b.shape[0];
  split(outputs, tile_rows, [&](int64_t begin, int64_t end) {
    std::array<float, tile_rows * tile_cols> product;
    for (int64_t row = begin; row < end; row += tile_rows)
      for (int64_t col = 0; col < inputs; col += tile_cols) {
        const int64_t rows = std::min(tile_rows, end - row), cols = std::min(tile_cols, inputs - col);
        loops_.lora_product({rows, cols, ranks, op.b.as<const float>() + row * ranks, ranks, 1, op.a.as<const float>() + col, inputs, 1,
                             product.data(), tile_cols, Write::assign});
        for (int64_t i = 0; i < rows; ++i)
          loops_.add_scaled(op.w.as<float>() + (row + i) * inputs + col, product.data() + i * tile_cols, op.scale, cols);
      }
  });
}

}  // namespace xling
