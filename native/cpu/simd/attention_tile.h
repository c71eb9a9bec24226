// The two matrix products of attention, a register tile at a time: scores of
// queries and keys, and sums over the part of them that may be seen.
#pragma once

#include <cstdint>

#include "cpu/simd/vec.h"

namespace xling::simd {

// Rows become columns: out[d·Columns + i] = rows[i][d] for d < width.
template <class V, int Columns>
void turn_rows(const float* const* rows, int64_t width, float* out) {
  constexpr int n = V::lanes;
  static_assert(Columns % n == 0);
  for (int first = 0; first < Columns; first += n)
    for (int64_t d = 0; d < width; d += n) {
      const int count = static_cast<int>(width - d < n ? width - d : n);
      V square[n];
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i) {
        const float* from = rows[first + i] + d;
        square[i] = count == n ? V::load(from) : V::load(from, count);
      }
      V::transpose(square);
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i)
        if (i < count) square[i].store(out + (d + i) * Columns + first);
    }
}

//   out[i·out_row + j] = scale * sum_d rows[i][d] * columns[d·(NV·lanes) + j],  d ascending from 0
struct Dots {
  const float* const* rows;
  const float* columns;
  int64_t width;
  float scale;
  float* out;
  int64_t out_row;
};

template <class V, int MR, int NV>
void dot_tile(const Dots& t) {
  constexpr int n = V::lanes;
  V acc[MR][NV];
  const float* row[MR];
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    row[i] = t.rows[i];
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) acc[i][j] = V::zero();
  }
  const float* columns = t.columns;
  for (int64_t d = 0; d < t.width; ++d, columns += NV * n) {
    V b[NV];
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) b[j] = V::load(columns + j * n);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) {
      const V a = V::splat(row[i][d]);
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) acc[i][j] = fma(a, b[j], acc[i][j]);
    }
  }
  const V scale = V::splat(t.scale);
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) (acc[i][j] * scale).store(t.out + i * t.out_row + j * n);
}

constexpr int longest_band = 96;  // k stays below it

//   c[i][j] = keep[i]·c[i][j] + sum_k a[i,k] * b[k][j],  k ascending from begin[i] to end[i]
//
// Where begin and end bound a band of k: neither falls as i grows. Whatever
// lies in a outside of it is not used, nor is its b. Pointers and bounds are
// there for whole tiles, those from `rows` on being the last row's again.
struct Band {
  const float* a;  // a[i,k] at a + i·ARow + k·AStep
  const float* const* b;
  float* const* c;
  const int* begin;
  const int* end;
  const float* keep;  // null: 1
  int rows;
  int64_t width;  // columns of b and c
};

// Rows of the band from `row` on, in the columns from `column` on, of which the
// last vector has `count`; b[k][j] is at packed + k·(NV·lanes) + j.
template <class V, int MR, int NV, int ARow, int AStep>
void band_tile(const Band& band, int row, int64_t column, int count, const float* packed) {
  constexpr int n = V::lanes;
  const int* begin = band.begin + row;
  const int* end = band.end + row;
  // k of any row, and of all.
  const int first = begin[0], last = end[MR - 1];
  if (first >= last) return;
  const int all_first = begin[MR - 1];
  const int all_last = end[0] > all_first ? end[0] : all_first;

  V acc[MR][NV];
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    const float* c = band.c[row + i] + column;
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) {
      acc[i][j] = j < NV - 1 || count == n ? V::load(c + j * n) : V::load(c + j * n, count);
      if (band.keep) acc[i][j] = acc[i][j] * V::splat(band.keep[row + i]);
    }
  }

  const float* a = band.a + row * ARow;
  const auto add = [&](int k, const auto& sees) {
    const float* from = packed + k * (NV * n);
    V b[NV];
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) b[j] = V::load(from + j * n);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) {
      if (!sees(i, k)) continue;
      const V x = V::splat(a[i * ARow + k * AStep]);
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) acc[i][j] = fma(x, b[j], acc[i][j]);
    }
  };
  const auto some = [&](int i, int k) { return begin[i] <= k && k < end[i]; };
  const auto all = [](int, int) { return true; };
  const int edge = all_first < last ? all_first : last;
  int k = first;
  for (; k < edge; ++k) add(k, some);
  for (; k < all_last; ++k) add(k, all);
  for (; k < last; ++k) add(k, some);

#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    if (row + i >= band.rows) break;
    float* c = band.c[row + i] + column;
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j)
      if (j < NV - 1 || count == n)
        acc[i][j].store(c + j * n);
      else
        acc[i][j].store(c + j * n, count);
  }
}

// Columns from `column` on: their part of b is copied together once, since
// rows that lie a power of two apart would drive each other out of the cache.
template <class V, int MR, int NV, int ARow, int AStep>
void add_band_columns(const Band& band, int64_t column, int count) {
  constexpr int n = V::lanes;
  alignas(64) float packed[longest_band * NV * n];
  for (int k = band.begin[0]; k < band.end[band.rows - 1]; ++k)
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) {
      const float* from = band.b[k] + column + j * n;
      (j < NV - 1 || count == n ? V::load(from) : V::load(from, count)).store(packed + (k * NV + j) * n);
    }
  for (int row = 0; row < band.rows; row += MR) band_tile<V, MR, NV, ARow, AStep>(band, row, column, count, packed);
}

template <class V, int MR, int NV, int ARow, int AStep>
void add_band(const Band& band) {
  constexpr int n = V::lanes;
  int64_t column = 0;
  for (; column + NV * n <= band.width; column += NV * n) add_band_columns<V, MR, NV, ARow, AStep>(band, column, n);
  for (; column < band.width; column += n)
    add_band_columns<V, MR, 1, ARow, AStep>(band, column, static_cast<int>(band.width - column < n ? band.width - column : n));
}

}  // namespace xling::simd
