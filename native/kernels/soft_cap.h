// Soft cap of logits (Gemma 2, 2024, section 2): linear near zero, never beyond cap.
#pragma once

#include "kernels/contract.h"

namespace xling {

//   y[t,i] = cap * tanh(x[t,i] / cap)
//
// x, y  [T, N]  f32; y may be x itself
// cap   finite and above 0. T and N may be 0.
struct SoftCap {
  Tensor x;
  Tensor y;
  float cap = 0.0f;  // none is common to all models

  static constexpr char name[] = "soft_cap";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("y", op.y, Role::assign);
    visit("cap", op.cap);
  }
};

//   dx[t,i] = or += (1 - (y[t,i] / cap)^2) * dy[t,i]
//
// y, dy, dx  [T, N]  f32, y from SoftCap; dx may be y or dy itself
struct SoftCapBackward {
  Tensor y;
  Tensor dy;
  Tensor dx;
  float cap = 0.0f;
  Write dx_write = Write::assign;

  static constexpr char name[] = "soft_cap_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("y", op.y, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dx", op.dx, Role::assign_or_accumulate);
    visit("cap", op.cap);
    visit("dxWrite", op.dx_write);
  }
};

void check(const SoftCap& op);
void check(const SoftCapBackward& op);

}  // namespace xling
