// What activations must be, plain and gated, and on what that is tried.
#pragma once

#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/activation.h"

namespace xling::test {

using Floats = std::vector<float>;

inline constexpr Activation activations[] = {Activation::silu, Activation::gelu_tanh, Activation::gelu, Activation::tanh};

// The headers' formulas, in f64; 1 + erf(z) as erfc(-z), which does not cancel.
inline const double pi = std::acos(-1.0), root = std::sqrt(2 / pi);
inline double twice_u(double x) { return 2 * root * (x + 0.044715 * x * x * x); }
inline double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
inline double normal(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

inline double act(Activation activation, double x) {
  switch (activation) {
    case Activation::silu: return x * sigmoid(x);
    case Activation::gelu_tanh: return x * sigmoid(twice_u(x));
    case Activation::gelu: return x * normal(x);
    case Activation::tanh: return std::tanh(x);
  }
  return NAN;
}
inline double slope(Activation activation, double x) {
  switch (activation) {
    case Activation::silu: return sigmoid(x) * (1 + x * sigmoid(-x));
    case Activation::gelu_tanh:
      return sigmoid(twice_u(x)) * (1 + x * sigmoid(-twice_u(x)) * 2 * root * (1 + 3 * 0.044715 * x * x));
    case Activation::gelu: return normal(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * pi);
    case Activation::tanh: return 1 - std::tanh(x) * std::tanh(x);
  }
  return NAN;
}
// s(z)'s relative error is that of z times |z| besides its own; gelu and tanh have no z.
inline double z_of(Activation activation, double x) {
  if (activation == Activation::silu) return x;
  return activation == Activation::gelu_tanh ? twice_u(x) : 0;
}

// A dozen roundings, exp's 2 ulp, gelu's tail's 6 or tanh's 3: 16 ulps. Where e's
// power is flushed, or Q(-x) below f32's normal numbers, act is under 1e-35.
inline double tolerance(Activation activation, double x) {
  return std::abs(act(activation, x)) * 0x1p-24 * (16 + 4 * std::abs(z_of(activation, x))) + 1e-35;
}
inline const int64_t activation_shapes[][2] = {{0, 8}, {3, 0}, {1, 1}, {1, 7}, {7, 65}, {3, 72}, {65, 640}, {5, 513}, {33, 1031}};

// Both signs of every 4093rd f32 up to 64, subnormals too.
inline Floats numbers_to_64() {
  Floats numbers;
  for (uint32_t bits = 0; bits <= 0x42800000u; bits += 4093) {
    float number;
    std::memcpy(&number, &bits, sizeof number);
    numbers.push_back(number);
    numbers.push_back(-number);
  }
  return numbers;
}

// Bits, since NaN is not itself.
inline bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

}  // namespace xling::test
