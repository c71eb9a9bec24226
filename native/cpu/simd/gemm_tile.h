// The innermost loop of every matrix product: a tile of MR x (NV·lanes)
// outputs, held in registers while the summed index runs.
#pragma once

#include "cpu/simd/gemm_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

template <class V, int MR, int NV>
void gemm_tile(const GemmTile& t) {
  constexpr int n = V::lanes;
  V acc[MR][NV];
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    const float* start = t.start && i < t.rows ? t.start + i * t.start_row : nullptr;
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) {
      const int left = t.cols - j * n;
      acc[i][j] = !start || left <= 0 ? V::zero() : left >= n ? V::load(start + j * n) : V::load(start + j * n, left);
    }
  }
  const float* a = t.a;
  const float* b = t.b;
  for (int64_t k = 0; k < t.depth; ++k, a += MR, b += NV * n) {
    V row[NV];
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) row[j] = V::load(b + j * n);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) {
      const V x = V::splat(a[i]);
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) acc[i][j] = fma(x, row[j], acc[i][j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    float* c = t.c + i * t.c_row;
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) {
      const int left = t.cols - j * n;
      if (i >= t.rows || left <= 0) continue;
      if (left >= n)
        acc[i][j].store(c + j * n);
      else
        acc[i][j].store(c + j * n, left);
    }
  }
}

}  // namespace xling::simd
