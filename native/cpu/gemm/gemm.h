// C = start + A·B in blocks that fit the caches. B is given by whoever can
// write a panel of it, so a quantised weight is decoded here and nowhere else.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/thread_pool.h"
#include "core/weight.h"
#include "cpu/simd/gemm_loops.h"

namespace xling {

struct Gemm {
  int64_t rows, cols, depth;  // C is [rows, cols], summed over depth

  const float* a;  // a[i,k] at a + i·a_row + k·a_depth; one of the two is 1
  int64_t a_row, a_depth;

  // A strip of B as the tiles read it: panels of panel_cols columns, each
  // depth_count rows long. Whoever writes one writes all of B[depth_begin + k,
  // col_begin + j] in it, and zero in its last panel's columns from col_count on.
  struct Strip {
    int64_t depth_begin, depth_count, col_begin, col_count, panel_cols;
    float* out;

    // Where column j of the strip begins; its row k is k·panel_cols further.
    float* column(int64_t j) const { return out + j / panel_cols * panel_cols * depth_count + j % panel_cols; }
    int64_t padded_cols() const { return (col_count + panel_cols - 1) / panel_cols * panel_cols; }
  };
  std::function<void(const Strip&)> write_strip;
  int64_t strip_cols = 0;  // a multiple of every tile's columns; 0: one panel

  const float* start;  // start[i,j] at start + i·start_row + j; null: zero
  int64_t start_row;
  float* c;            // [rows, cols], row-major
};

// Block sizes. An output is one chain over depth whatever they are.
constexpr int64_t gemm_depth_block = 256;    // a panel of B stays in L1
constexpr int64_t gemm_col_block = 4096;     // a packed block of B stays in L3,
constexpr int64_t gemm_rows_packed = 4096;   // and one of A
constexpr int64_t gemm_rows_per_task = 192;  // a task's rows of A stay in L2
constexpr int64_t gemm_cols_per_task = 128;

class GemmRunner {
 public:
  GemmRunner(const simd::GemmLoops& loops, ThreadPool& pool) : loops_(loops), pool_(pool) {}
  void run(const Gemm& gemm);

 private:
  struct Block;
  struct Area;
  void run_wide(const Gemm& gemm);
  void run_narrow(const Gemm& gemm);
  static int64_t padded(int64_t count, int64_t panel);
  int64_t strip_cols(const Gemm& gemm) const;
  void pack_strip(const Gemm& gemm, const Block& block, int64_t strip) const;
  void pack_rows(const Gemm& gemm, const Block& block);
  void multiply(const Gemm& gemm, const Block& block);
  void multiply_area(const Gemm& gemm, const Block& block, const Area& area) const;

  const simd::GemmLoops& loops_;
  ThreadPool& pool_;
  std::vector<float> a_, b_;  // packed blocks; they grow to the largest that was needed, at most 4 MiB for B
};

// B[k,n] = w[n,k] for w [N, K] f32 in rows, a strip of one panel.
inline void write_transposed(const Weight& w, const simd::GemmLoops& loops, const Gemm::Strip& strip) {
  const float* from = static_cast<const float*>(w.data) + strip.col_begin * w.cols + strip.depth_begin;
  loops.pack_cols({from, w.cols, 1, strip.col_count, strip.depth_count, strip.out});
}

// B[k,j] = m[k,j] for m of `cols` columns: as it lies.
inline void write_rows(const float* m, int64_t cols, const simd::GemmLoops& loops, const Gemm::Strip& strip) {
  const float* from = m + strip.depth_begin * cols + strip.col_begin;
  for (int64_t j = 0; j < strip.col_count; j += strip.panel_cols)
    loops.pack_cols({from + j, 1, cols, std::min(strip.panel_cols, strip.col_count - j), strip.depth_count, strip.column(j)});
}

}  // namespace xling
