// The middle of a gated MLP (Shazeer 2020): SwiGLU with silu, GEGLU with gelu.
#pragma once

#include "kernels/activation.h"

namespace xling {

//   y[t,i] = act(gate[t,i]) * up[t,i]
//
// gate, up, y  [T, N]  f32; y may be gate or up itself
// T and N may be 0. act(-inf) is NaN where act is a product, as the formula's is;
// tanh of an infinity is 1 or -1. act' at an infinity is its limit, 1 or 0.
struct GatedActivation {
  Tensor gate;
  Tensor up;
  Tensor y;
  Activation activation = Activation::silu;

  static constexpr char name[] = "gated_activation";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("gate", op.gate, Role::in);
    visit("up", op.up, Role::in);
    visit("y", op.y, Role::assign);
    visit("activation", op.activation);
  }
};

//   dgate[t,i] = or += dy[t,i] * up[t,i] * act'(gate[t,i])
//   dup[t,i]   = or += dy[t,i] * act(gate[t,i])
// with act'(g) = s(g) * (1 + g * s(-g)) for silu, and for gelu_tanh
// s(2u) * (1 + g * s(-2u) * 2u'), where u' = sqrt(2/pi) * (1 + 3 * 0.044715 g^2);
// the others are said in kernels/activation.h.
//
// gate, up, dy, dgate, dup  [T, N]  f32; dgate and dup may be absent, and each
//                           may be gate, up or dy itself, but they lie apart
struct GatedActivationBackward {
  Tensor gate;
  Tensor up;
  Tensor dy;
  Tensor dgate;
  Tensor dup;
  Activation activation = Activation::silu;
  Write grad_write = Write::assign;

  static constexpr char name[] = "gated_activation_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("gate", op.gate, Role::in);
    visit("up", op.up, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dgate", op.dgate, Role::assign_or_accumulate);
    visit("dup", op.dup, Role::assign_or_accumulate);
    visit("activation", op.activation);
    visit("gradWrite", op.grad_write);
  }
};

void check(const GatedActivation& op);
void check(const GatedActivationBackward& op);

}  // namespace xling
