// A frozen weight as the matrix products read it.
#pragma once

#include "cpu/gemm/gemm.h"
#include "cpu/panels/panel_layout.h"
#include "cpu/simd/loops.h"

namespace xling {

class PanelWeight {
 public:
  PanelWeight(const Weight& weight, const simd::Loops& loops);

  // B[k,n] = w[n,k]: the panels as they are. A strip is one panel.
  void write_strip(const Gemm::Strip& strip) const;

  // B[n,j] = w[n,j], turned a panel at a time. A strip's columns begin at a
  // multiple of piece_cols and are at most as many.
  void write_turned_strip(const Gemm::Strip& strip) const;
  static constexpr int64_t piece_cols = 256;  // whole blocks of every storage

  // y of op for outputs [begin, end), begin at a panel's first. For up to few_rows
  // of x; more are better off with a GEMM, which packs them. Measured on AVX2.
  static int64_t few_rows(Storage storage) { return elements_per_block(storage) == 1 ? most_few_rows : 24; }
  static constexpr int64_t most_few_rows = 48;
  struct FewRows {
    const float* x;
    int64_t rows;
    const float* start;  // start[t,n] at start + t·start_row + n; null: zero
    int64_t start_row;
    float* y;
  };
  void multiply(const FewRows& op, int64_t begin, int64_t end) const;

  // out[k·panel_rows + i] = w[panel·panel_rows + i, begin + k]
  void decode(int64_t panel, int64_t begin, int64_t count, float* out) const;
  int64_t panel_rows() const { return loops_.gemm.cols; }

 private:
  simd::Panels panels_from(int64_t panel) const;
  void multiply_on_the_way(const FewRows& op, int64_t first, int64_t outputs) const;
  void multiply_decoded(const FewRows& op, int64_t first, int64_t outputs) const;
  void multiply_passes(Storage storage, int64_t rows, const simd::PanelMultiply& all) const;

  Weight weight_;
  const simd::Loops& loops_;
  PanelLayout layout_;
};

}  // namespace xling
