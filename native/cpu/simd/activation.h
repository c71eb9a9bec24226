// The activations of gated MLPs over lanes V, and their slopes. See
// kernels/gated_activation.h for the formulas; s(z) = 1 / (1 + e^-z).
#pragma once

#include "cpu/simd/exp.h"

namespace xling::simd {

template <class V>
struct ValueAndSlope {
  V value;
  V slope;
};

template <class V>
struct SigmoidPair {
  V of;        // s(z)
  V of_minus;  // s(-z) = 1 - s(z), to full precision where s(z) nears 1
};

// Of -|z|, so that nothing overflows.
template <class V>
SigmoidPair<V> sigmoid_pair(V z) {
  const V one = V::splat(1.0f), e = exp(V::zero() - absolute(z));
  const V larger = one / (one + e), smaller = e * larger;
  return {where_less(z, V::zero(), smaller, larger), where_less(z, V::zero(), larger, smaller)};
}

// g·s(z); z = -inf gives g / inf.
template <class V>
V times_sigmoid(V g, V z) {
  return g / (V::splat(1.0f) + exp(V::zero() - z));
}

// Beyond 1000 s(z) or s(-z) is zero and a slope is its limit, which a larger
// factor could turn to 0·inf.
template <class V>
V within_reach(V g) {
  const V most = V::splat(1000.0f), least = V::splat(-1000.0f);
  return where_less(g, least, least, where_less(most, g, most, g));
}

struct Silu {
  template <class V>
  static V value(V g) {
    return times_sigmoid(g, g);
  }
  template <class V>
  static ValueAndSlope<V> both(V g) {
    const auto [s, rest] = sigmoid_pair(g);
    return {g * s, s * fma(within_reach(g), rest, V::splat(1.0f))};
  }
};

// g·s(2u) has no 1 + tanh(u) to cancel where u is far below zero.
struct GeluTanh {
  template <class V>
  static V value(V g) {
    return times_sigmoid(g, twice_u(g));
  }
  template <class V>
  static ValueAndSlope<V> both(V g) {
    const auto [s, rest] = sigmoid_pair(twice_u(g));
    const V near = within_reach(g);
    const V steepness = fma(near * near, V::splat(3 * cubic), V::splat(linear));  // 2u'
    return {g * s, s * fma(near * rest, steepness, V::splat(1.0f))};
  }

 private:
  // 2u = linear·g + cubic·g³
  static constexpr double root = 0.79788456080286536;  // sqrt(2 / pi)
  static constexpr float linear = static_cast<float>(2 * root);
  static constexpr float cubic = static_cast<float>(2 * root * 0.044715);

  template <class V>
  static V twice_u(V g) {
    return g * fma(g * g, V::splat(cubic), V::splat(linear));
  }
};

}  // namespace xling::simd
