// The activations over lanes V, and their slopes. See kernels/activation.h and
// kernels/gated_activation.h for the formulas; s(z) = 1 / (1 + e^-z).
#pragma once

#include "cpu/simd/normal_tail.h"
#include "kernels/activation.h"

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

// Below zero Phi is the tail itself, and no 1 + erf is there to cancel.
struct Gelu {
  template <class V>
  static V value(V g) {
    return g * below(g, normal_tail(reach(g)).tail);
  }
  template <class V>
  static ValueAndSlope<V> both(V g) {
    const V a = reach(g);
    const auto [bell, tail] = normal_tail(a);
    const V share = below(g, tail), near = where_less(g, V::zero(), V::zero() - a, a);
    return {g * share, fma(near * bell, V::splat(0.39894228040143268f), share)};  // 1 / sqrt(2 pi)
  }

 private:
  // |g|, or 14, where the tail and the slope's bell have long been zero; a NaN is not above.
  template <class V>
  static V reach(V g) {
    const V most = V::splat(14.0f), magnitude = absolute(g);
    return where_less(most, magnitude, most, magnitude);
  }
  // Phi(g)
  template <class V>
  static V below(V g, V tail) {
    return where_less(g, V::zero(), tail, V::splat(1.0f) - tail);
  }
};

struct Tanh {
  template <class V>
  static V value(V g) {
    return tanh(g);
  }
  template <class V>
  static ValueAndSlope<V> both(V g) {
    const V t = tanh(g), one = V::splat(1.0f);
    return {t, (one - t) * (one + t)};  // 1 - t is exact where t nears 1
  }
};

// f of the one that is meant.
template <class F>
void with_activation(Activation activation, const F& f) {
  switch (activation) {
    case Activation::silu: return f(Silu{});
    case Activation::gelu_tanh: return f(GeluTanh{});
    case Activation::gelu: return f(Gelu{});
    case Activation::tanh: return f(Tanh{});
  }
}

}  // namespace xling::simd
