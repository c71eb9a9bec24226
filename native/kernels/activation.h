// Activation functions, element by element; kernels/gated_activation.h has the gated ones.
#pragma once

#include "kernels/contract.h"

namespace xling {

// With s(z) = 1 / (1 + e^-z) and Phi the normal distribution's cumulative function:
//   silu       act(x) = x * s(x)                                (Elfwing et al. 2017)
//   gelu_tanh  act(x) = x/2 * (1 + tanh(u)) = x * s(2u),  u = sqrt(2/pi) * (x + 0.044715 x^3)
//   gelu       act(x) = x * Phi(x) = x/2 * (1 + erf(x / sqrt 2))   (both: Hendrycks & Gimpel 2016)
//   tanh       act(x) = tanh(x)
enum class Activation : int32_t { silu = 0, gelu_tanh = 1, gelu = 2, tanh = 3 };

template <>
struct Choices<Activation> {
  static constexpr const char* names[] = {"silu", "gelu_tanh", "gelu", "tanh"};
};

//   y[t,i] = act(x[t,i])
//
// x, y  [T, N]  f32; y may be x itself
// T and N may be 0. What gated_activation.h says of infinities holds here.
struct Activate {
  Tensor x;
  Tensor y;
  Activation activation = Activation::gelu;

  static constexpr char name[] = "activation";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("y", op.y, Role::assign);
    visit("activation", op.activation);
  }
};

//   dx[t,i] = or += dy[t,i] * act'(x[t,i])
// with act' as in gated_activation.h, and
//   gelu  Phi(x) + x * phi(x),  phi(x) = e^(-x^2/2) / sqrt(2 pi)
//   tanh  1 - tanh(x)^2
//
// x, dy, dx  [T, N]  f32; dx may be x or dy itself
struct ActivateBackward {
  Tensor x;
  Tensor dy;
  Tensor dx;
  Activation activation = Activation::gelu;
  Write dx_write = Write::assign;

  static constexpr char name[] = "activation_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dx", op.dx, Role::assign_or_accumulate);
    visit("activation", op.activation);
    visit("dxWrite", op.dx_write);
  }
};

void check(const Activate& op);
void check(const ActivateBackward& op);

}  // namespace xling
