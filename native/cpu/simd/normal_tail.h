// The normal distribution's upper tail Q over lanes V, as precise where it is
// tiny as where it is a half, by the same steps on every ISA.
//
// Q(a) = e^(-a²/2)·R(a), where Mills' ratio makes R smooth: (a + k)·R(a) lies
// between 0.39 and 1.7, and is nearly a polynomial of s = (a - k) / (a + k), which
// brings all of a >= 0 into one short interval (Schonfelder 1978, "Chebyshev
// expansions for the error and related functions", does so for erfc).
#pragma once

#include "cpu/simd/exp.h"

namespace xling::simd {

template <class V>
struct NormalTail {
  V bell;  // e^(-a²/2)
  V tail;  // Q(a) = (1 - erf(a / sqrt 2)) / 2
};

// From 0 to 14. a² has twice a's digits, and as a power of e every one of them
// counts: a is cut at 2^-8, so that one part of its square is exact and the other
// a small correction of what e's power is reduced to.
template <class V>
V bell_of(V a) {
  const V cut = V::splat(0x1.8p15f), half = V::splat(-0.5f);
  const V coarse = (a + cut) - cut;
  const auto [n, r] = reduce(half * coarse * coarse);
  const V normal = add_exponent(V::splat(1.0f) + exp_less_one(r + half * (a - coarse) * (a + coarse)), n);
  // Close to where e's power ceases to be a normal number.
  return where_less(V::splat(13.2f), a, V::zero(), normal);
}

// a from 0 to 14. Up to 13.2 the tail is within 6 ulp and the bell within 2; beyond,
// both are zero. A NaN has a NaN for its tail, and anything for its bell.
template <class V>
NormalTail<V> normal_tail(V a) {
  const V k = V::splat(3.375f), scale = V::splat(1.0f) / (a + k), s = (a - k) * scale;
  // Least largest relative error of (a + k)·R(a) up to a = 13.3, 2^-26.1, by
  // Remez's exchange; each coefficient was rounded to f32 before the next was sought.
  V p = V::splat(0x1.1c273cp-13f);
  p = fma(p, s, V::splat(0x1.453a84p-12f));
  p = fma(p, s, V::splat(-0x1.bd8754p-11f));
  p = fma(p, s, V::splat(-0x1.27194ap-9f));
  p = fma(p, s, V::splat(0x1.00694cp-7f));
  p = fma(p, s, V::splat(0x1.1db586p-7f));
  p = fma(p, s, V::splat(-0x1.92fb92p-4f));
  p = fma(p, s, V::splat(0x1.2e7708p-2f));
  p = fma(p, s, V::splat(-0x1.1b21ccp-1f));
  p = fma(p, s, V::splat(0x1.7b6ee0p-1f));
  const V bell = bell_of(a);
  return {bell, bell * (p * scale)};
}

}  // namespace xling::simd
