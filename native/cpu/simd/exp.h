// e^x and tanh x over lanes V, by the same steps on every ISA.
//
// x = n·ln 2 + r with n whole and |r| <= ln 2 / 2, so that e^x = 2^n·e^r (Cody
// and Waite 1980, chapter 6). Our polynomial for e^r - 1 keeps its relative
// precision as r nears 0, which tanh needs.
#pragma once

#include "cpu/simd/vec.h"

namespace xling::simd {

template <class V>
struct Reduced {
  V n;  // plus 1.5·2^23, which leaves n in the low bits
  V r;
};

// x is at most 2^20 in magnitude; of any other, NaN too, neither part is of use.
template <class V>
Reduced<V> reduce(V x) {
  const V whole = V::splat(0x1.8p23f);
  const V shifted = fma(x, V::splat(0x1.715476p+0f), whole);  // 1 / ln 2
  const V n = shifted - whole;
  // ln 2 as 355/512, whose products with |n| < 2^15 are exact, and the rest of it.
  return {shifted, fma(n, V::splat(0x1.bd0106p-13f), fma(n, V::splat(-355.0f / 512.0f), x))};
}

// e^r - 1, for |r| <= ln 2 / 2.
template <class V>
V exp_less_one(V r) {
  // Least largest relative error of 1 + r + r²·p(r), 2^-28.2, by Remez's
  // exchange; each coefficient was rounded to f32 before the next was sought.
  V p = V::splat(0x1.6ac738p-10f);
  p = fma(p, r, V::splat(0x1.123de0p-7f));
  p = fma(p, r, V::splat(0x1.555858p-5f));
  p = fma(p, r, V::splat(0x1.55548cp-3f));
  p = fma(p, r, V::splat(0x1.fffffcp-2f));
  return fma(r * r, p, r);
}

// Within 2 ulp of e^x; e^0 is 1. Zero where e^x is below 2^-126, the least normal number.
template <class V>
V exp(V x) {
  const auto [n, r] = reduce(x);
  const V normal = add_exponent(V::splat(1.0f) + exp_less_one(r), n);
  const V infinity = V::splat(__builtin_inff());
  // The first x that overflows, and the last whose e^x is normal; x + infinity is NaN for a NaN.
  const V bounded = where_less(x, V::splat(0x1.62e430p+6f), normal, x + infinity);
  return where_less(x, V::splat(-0x1.5d589ep+6f), V::zero(), bounded);
}

template <class V>
V absolute(V x) {
  return where_less(x, V::zero(), V::zero() - x, x);
}

// Within 3 ulp of tanh x, and never above 1 in magnitude.
//   t = e^(-2|x|) - 1;  tanh |x| = -t / (2 + t)
template <class V>
V tanh(V x) {
  // tanh 10 is 1 in f32, and so it stays; a NaN is not below.
  const V ten = V::splat(10.0f), magnitude = absolute(x);
  const V bounded = where_less(ten, magnitude, ten, magnitude);
  const auto [n, r] = reduce(bounded * V::splat(-2.0f));
  const V power = add_exponent(V::splat(1.0f), n);
  const V t = fma(power, exp_less_one(r), power - V::splat(1.0f));
  const V positive = (V::zero() - t) / (V::splat(2.0f) + t);
  return where_less(x, V::zero(), V::zero() - positive, positive);
}

}  // namespace xling::simd
