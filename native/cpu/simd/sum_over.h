// A sum over a row that every batch and number of threads adds up alike.
#pragma once

#include <cstdint>

namespace xling::simd {

// Sum over a row of f(x chunk), in an order that depends on `width` alone.
template <class V, class F>
float sum_over(int64_t width, const F& f) {
  constexpr int n = V::lanes;
  V a = V::zero(), b = V::zero(), c = V::zero(), d = V::zero();
  int64_t i = 0;
  for (; i + 4 * n <= width; i += 4 * n) {
    a = f(a, i, n);
    b = f(b, i + n, n);
    c = f(c, i + 2 * n, n);
    d = f(d, i + 3 * n, n);
  }
  for (; i + n <= width; i += n) a = f(a, i, n);
  if (i < width) a = f(a, i, static_cast<int>(width - i));
  return ((a + b) + (c + d)).sum();
}

struct TwoSums {
  float first, second;
};

// Two sums in one walk, each in the order of sum_over; f(first, second, i, count) adds a chunk to both.
template <class V, class F>
TwoSums two_sums_over(int64_t width, const F& f) {
  constexpr int n = V::lanes;
  V first[4], second[4];
  for (int j = 0; j < 4; ++j) first[j] = second[j] = V::zero();
  int64_t i = 0;
  for (; i + 4 * n <= width; i += 4 * n)
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) f(first[j], second[j], i + j * n, n);
  for (; i + n <= width; i += n) f(first[0], second[0], i, n);
  if (i < width) f(first[0], second[0], i, static_cast<int>(width - i));
  const auto total = [](const V* parts) { return ((parts[0] + parts[1]) + (parts[2] + parts[3])).sum(); };
  return {total(first), total(second)};
}

}  // namespace xling::simd
