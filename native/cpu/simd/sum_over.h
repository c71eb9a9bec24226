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

}  // namespace xling::simd
