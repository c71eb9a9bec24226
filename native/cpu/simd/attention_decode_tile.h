// The two matrix products of attention over a cache, a register tile of few
// queries at a time: scores with panels of keys, sums over panels of values.
#pragma once

#include <cstdint>

#include "cpu/simd/attention_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

//   out[i·96 + j] = scale * sum_d q[i][d] keys[d][j],  d ascending from 0
//
// for the keys j of `Panels` panels of NV vectors, one panel after another.
struct CachedKeys {
  const float* const* q;
  const float* keys;
  int64_t width;
  float scale;
  float* out;
};

template <class V, int Rows, int Panels, int NV>
void score_tile(const CachedKeys& t) {
  constexpr int n = V::lanes, all = Panels * NV;
  V acc[Rows][all];
  const float* row[Rows];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
    row[i] = t.q[i];
#pragma GCC unroll 8
    for (int j = 0; j < all; ++j) acc[i][j] = V::zero();
  }
  const float* keys = t.keys;
  const int64_t panel = t.width * (NV * n);
  for (int64_t d = 0; d < t.width; ++d, keys += NV * n) {
    V b[all];
#pragma GCC unroll 8
    for (int j = 0; j < all; ++j) b[j] = V::load(keys + j / NV * panel + j % NV * n);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const V a = V::splat(row[i][d]);
#pragma GCC unroll 8
      for (int j = 0; j < all; ++j) acc[i][j] = fma(a, b[j], acc[i][j]);
    }
  }
  const V scale = V::splat(t.scale);
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < all; ++j) (acc[i][j] * scale).store(t.out + i * attention_tile + j * n);
}

//   y[i][j] = keep[i] y[i][j] + sum_k p[i·96 + k] values[k][j],  k ascending from begin[i] to end[i]
//
// begin and end never fall as i grows; what lies outside of them is not used.
struct CachedValues {
  const float* p;
  const float* values;  // k's numbers are at values + k·pitch
  int64_t pitch;
  float* const* y;
  int64_t column;  // of y, where the values begin
  int count;       // columns of the last vector
  const int* begin;
  const int* end;
  const float* keep;
};

// Columns: `Panels` panels of NV vectors, one panel after another.
template <class V, int Rows, int Panels, int NV>
void value_tile(const CachedValues& t) {
  constexpr int n = V::lanes, all = Panels * NV;
  // k of any row, and of all.
  const int first = t.begin[0], last = t.end[Rows - 1];
  if (first >= last) return;
  const int all_first = t.begin[Rows - 1] < last ? t.begin[Rows - 1] : last;
  const int all_last = t.end[0] > all_first ? t.end[0] : all_first;
  const auto whole = [&](int j) { return j < all - 1 || t.count == n; };

  V acc[Rows][all];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
    const float* y = t.y[i] + t.column;
    const V keep = V::splat(t.keep[i]);
#pragma GCC unroll 8
    for (int j = 0; j < all; ++j) acc[i][j] = (whole(j) ? V::load(y + j * n) : V::load(y + j * n, t.count)) * keep;
  }

  const int64_t panel = attention_tile * t.pitch;
  const auto add = [&](int k, const auto& sees) {
    const float* from = t.values + k * t.pitch;
    V b[all];
#pragma GCC unroll 8
    for (int j = 0; j < all; ++j) {
      const float* at = from + j / NV * panel + j % NV * n;
      b[j] = whole(j) ? V::load(at) : V::load(at, t.count);
    }
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      if (!sees(i, k)) continue;
      const V p = V::splat(t.p[i * attention_tile + k]);
#pragma GCC unroll 8
      for (int j = 0; j < all; ++j) acc[i][j] = fma(p, b[j], acc[i][j]);
    }
  };
  const auto some = [&](int i, int k) { return t.begin[i] <= k && k < t.end[i]; };
  const auto every = [](int, int) { return true; };
  int k = first;
  for (; k < all_first; ++k) add(k, some);
  for (; k < all_last; ++k) add(k, every);
  for (; k < last; ++k) add(k, some);

#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
    float* y = t.y[i] + t.column;
#pragma GCC unroll 8
    for (int j = 0; j < all; ++j)
      if (whole(j))
        acc[i][j].store(y + j * n);
      else
        acc[i][j].store(y + j * n, t.count);
  }
}

}  // namespace xling::simd
