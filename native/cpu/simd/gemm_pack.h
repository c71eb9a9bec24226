// Packing for gemm_tile: squares of lanes are turned in registers.
#pragma once

#include "cpu/simd/gemm_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

// Up to one vector of lines, to the columns from `out` on in rows of `width`.
// Each row is stored as a whole vector: what it writes beyond the lines is
// zero, and belongs to padding or to the next row, which comes later. Only the
// last row must not reach beyond `width`.
template <class V>
void pack_lines(const GemmPack& p, int64_t width) {
  constexpr int n = V::lanes;
  const int lines = static_cast<int>(p.lines < n ? p.lines : n);
  const int last_width = static_cast<int>(width < n ? width : n);
  const auto put = [&](V row, int64_t k) {
    if (k + 1 < p.depth)
      row.store(p.out + k * width);
    else
      row.store(p.out + k * width, last_width);
  };
  int64_t k = 0;
  if (p.line == 1) {
    for (; k < p.depth; ++k) put(lines == n ? V::load(p.from + k * p.step) : V::load(p.from + k * p.step, lines), k);
    return;
  }
  for (; k < p.depth; k += n) {
    const int steps = static_cast<int>(p.depth - k < n ? p.depth - k : n);
    V square[n];
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) {
      const float* from = p.from + i * p.line + k;
      square[i] = i >= lines ? V::zero() : steps == n ? V::load(from) : V::load(from, steps);
    }
    V::transpose(square);
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i)
      if (i < steps) put(square[i], k + i);
  }
}

template <class V, int Width>
void gemm_pack(const GemmPack& p) {
  constexpr int n = V::lanes;
  // Wider than a vector: every part but the first would spill into the row that follows.
  static_assert(Width <= n || Width % n == 0);
  GemmPack part = p;
  for (int first = 0; first < Width; first += n) {
    part.from = p.from + first * p.line;
    part.lines = p.lines > first ? p.lines - first : 0;
    part.out = p.out + first;
    pack_lines<V>(part, Width);
  }
}

}  // namespace xling::simd
