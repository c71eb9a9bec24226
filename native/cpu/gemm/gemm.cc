#include "cpu/gemm/gemm.h"

#include <algorithm>

namespace xling {

// A part of the product whose operands are packed at `a` and `b`.
struct GemmRunner::Block {
  int64_t first_depth, depth;
  int64_t first_col, cols;
  int64_t first_row, rows;
  float* a;
  float* b;
};

// What one task computes: panels of a block, counted from its first.
struct GemmRunner::Area {
  int64_t first_row_panel, last_row_panel, first_col_panel, last_col_panel;
};

namespace {

int64_t blocks(int64_t count, int64_t size) { return (count + size - 1) / size; }

float* room_for(std::vector<float>& buffer, int64_t size) {
  if (static_cast<int64_t>(buffer.size()) < size) buffer.resize(static_cast<size_t>(size));
  return buffer.data();
}

void copy_start(const Gemm& gemm) {
  for (int64_t i = 0; i < gemm.rows; ++i)
    for (int64_t j = 0; j < gemm.cols; ++j)
      gemm.c[i * gemm.cols + j] = gemm.start ? gemm.start[i * gemm.start_row + j] : 0.0f;
}

}  // namespace

void GemmRunner::run(const Gemm& gemm) {
  if (gemm.rows == 0 || gemm.cols == 0) return;
  if (gemm.depth == 0) return copy_start(gemm);
  if (gemm.rows <= gemm_rows_per_task)
    run_narrow(gemm);
  else
    run_wide(gemm);
}

// Every part of B has many readers: it is packed for all of them, then used.
void GemmRunner::run_wide(const Gemm& gemm) {
  Block block{};
  for (block.first_col = 0; block.first_col < gemm.cols; block.first_col += gemm_col_block) {
    block.cols = std::min(gemm_col_block, gemm.cols - block.first_col);
    for (block.first_depth = 0; block.first_depth < gemm.depth; block.first_depth += gemm_depth_block) {
      block.depth = std::min(gemm_depth_block, gemm.depth - block.first_depth);
      block.b = room_for(b_, block.depth * padded(block.cols, loops_.cols));
      pool_.run(blocks(block.cols, strip_cols(gemm)), [&](int64_t strip) { pack_strip(gemm, block, strip); });
      for (block.first_row = 0; block.first_row < gemm.rows; block.first_row += gemm_rows_packed) {
        block.rows = std::min(gemm_rows_packed, gemm.rows - block.first_row);
        block.a = room_for(a_, block.depth * padded(block.rows, loops_.rows));
        pack_rows(gemm, block);
        multiply(gemm, block);
      }
    }
  }
}

// Few rows: every part of B has one reader, which packs it into a corner that
// stays in its cache; nobody waits for anybody.
void GemmRunner::run_narrow(const Gemm& gemm) {
  const int64_t padded_rows = padded(gemm.rows, loops_.rows), width = strip_cols(gemm);
  float* a = room_for(a_, gemm.depth * padded_rows);
  float* b = room_for(b_, gemm_depth_block * padded(std::min(gemm_col_block, gemm.cols), loops_.cols));
  const auto block_at = [&](int64_t first_depth, int64_t first_col) {
    return Block{first_depth, std::min(gemm_depth_block, gemm.depth - first_depth), first_col,
                 std::min(gemm_col_block, gemm.cols - first_col), 0, gemm.rows, a + first_depth * padded_rows, b};
  };
  for (int64_t depth = 0; depth < gemm.depth; depth += gemm_depth_block) pack_rows(gemm, block_at(depth, 0));
  for (int64_t col = 0; col < gemm.cols; col += gemm_col_block) {
    const int64_t cols = std::min(gemm_col_block, gemm.cols - col);
    pool_.run(blocks(cols, width), [&](int64_t strip) {
      const int64_t last = std::min(cols, (strip + 1) * width);
      for (int64_t depth = 0; depth < gemm.depth; depth += gemm_depth_block) {
        Block block = block_at(depth, col);
        // A strip's corner is the same for every depth, or it would be another strip's.
        block.b += strip * width * (gemm_depth_block - block.depth);
        pack_strip(gemm, block, strip);
        multiply_area(gemm, block, {0, padded_rows / loops_.rows, strip * width / loops_.cols, blocks(last, loops_.cols)});
      }
    });
  }
}

int64_t GemmRunner::padded(int64_t count, int64_t panel) { return blocks(count, panel) * panel; }

int64_t GemmRunner::strip_cols(const Gemm& gemm) const { return gemm.strip_cols ? gemm.strip_cols : loops_.cols; }

void GemmRunner::pack_strip(const Gemm& gemm, const Block& block, int64_t strip) const {
  const int64_t width = strip_cols(gemm), first = strip * width;
  gemm.write_strip({block.first_depth, block.depth, block.first_col + first, std::min(width, block.cols - first), loops_.cols,
                    block.b + first * block.depth});
}

void GemmRunner::pack_rows(const Gemm& gemm, const Block& block) {
  const int64_t rows = gemm_rows_per_task / loops_.rows * loops_.rows;
  pool_.run(blocks(block.rows, rows), [&](int64_t task) {
    const int64_t last = std::min(block.rows, (task + 1) * rows);
    for (int64_t row = task * rows; row < last; row += loops_.rows) {
      const float* from = gemm.a + (block.first_row + row) * gemm.a_row + block.first_depth * gemm.a_depth;
      const int64_t count = std::min<int64_t>(loops_.rows, last - row);
      loops_.pack_rows({from, gemm.a_row, gemm.a_depth, count, block.depth, block.a + row * block.depth});
    }
  });
}

void GemmRunner::multiply(const Gemm& gemm, const Block& block) {
  const int64_t row_panels = blocks(block.rows, loops_.rows), col_panels = blocks(block.cols, loops_.cols);
  const int64_t rows = gemm_rows_per_task / loops_.rows, cols = gemm_cols_per_task / loops_.cols;
  const int64_t col_tasks = blocks(col_panels, cols);
  pool_.run(blocks(row_panels, rows) * col_tasks, [&](int64_t task) {
    const int64_t row = task / col_tasks * rows, col = task % col_tasks * cols;
    multiply_area(gemm, block, {row, std::min(row + rows, row_panels), col, std::min(col + cols, col_panels)});
  });
}

// A panel of B stays in L1 while the rows of A pass.
void GemmRunner::multiply_area(const Gemm& gemm, const Block& block, const Area& area) const {
  const bool begins = block.first_depth == 0;
  simd::GemmTile tile{};
  tile.depth = block.depth;
  tile.start_row = begins ? gemm.start_row : gemm.cols;
  tile.c_row = gemm.cols;
  for (int64_t col_panel = area.first_col_panel; col_panel < area.last_col_panel; ++col_panel) {
    const int64_t in_block = col_panel * loops_.cols, col = block.first_col + in_block;
    tile.b = block.b + in_block * block.depth;
    tile.cols = static_cast<int>(std::min<int64_t>(loops_.cols, block.cols - in_block));
    for (int64_t row_panel = area.first_row_panel; row_panel < area.last_row_panel; ++row_panel) {
      const int64_t row_in_block = row_panel * loops_.rows, row = block.first_row + row_in_block;
      tile.a = block.a + row_in_block * block.depth;
      tile.rows = static_cast<int>(std::min<int64_t>(loops_.rows, block.rows - row_in_block));
      tile.c = gemm.c + row * gemm.cols + col;
      // The chain starts from what is asked for, and goes on from where the last block of depth left it.
      tile.start = !begins ? tile.c : gemm.start ? gemm.start + row * gemm.start_row + col : nullptr;
      loops_.tile(tile);
    }
  }
}

}  // namespace xling
