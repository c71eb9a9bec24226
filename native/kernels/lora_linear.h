// What a low-rank adapter adds to a linear layer (Hu et al. 2022, eq. 3), and
// its gradients. The factors are f32; the layer's own weight has no part in it.
#pragma once

#include "kernels/contract.h"

namespace xling {

//   u[t,r]  = scale * sum_k x[t,k] * a[r,k]
//   y[t,n] += sum_r u[t,r] * b[n,r]
//
// x      [T, K]  f32
// a      [R, K]  f32
// b      [N, R]  f32
// u      [T, R]  f32; =, what backward wants of it
// y      [T, N]  f32; +=
// u and y lie over no input and apart from each other. Every sum is one chain,
// as in linear: a row's bits depend on that row alone.
struct LoraLinear {
  Tensor x;
  Tensor a;
  Tensor b;
  Tensor u;
  Tensor y;
  float scale = 1.0f;

  static constexpr char name[] = "lora_linear";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("a", op.a, Role::in);
    visit("b", op.b, Role::in);
    visit("u", op.u, Role::assign);
    visit("y", op.y, Role::accumulate);
    visit("scale", op.scale);
  }
};

//   du[t,r]  = scale * sum_n dy[t,n] * b[n,r]
//   da[r,k] += sum_t du[t,r] * x[t,k]
//   db[n,r] += sum_t dy[t,n] * u[t,r]
//   dx[t,k] += sum_r du[t,r] * a[r,k]
//
// x, a, b, u as forward had and left them
// dy  [T, N]  f32
// du  [T, R]  f32; =, a temporary
// da  [R, K]  f32, or absent
// db  [N, R]  f32, or absent
// dx  [T, K]  f32, or absent
// What is written lies over no input and apart from each other.
struct LoraLinearBackward {
  Tensor x;
  Tensor a;
  Tensor b;
  Tensor u;
  Tensor dy;
  Tensor du;
  Tensor da;
  Tensor db;
  Tensor dx;
  float scale = 1.0f;

  static constexpr char name[] = "lora_linear_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("a", op.a, Role::in);
    visit("b", op.b, Role::in);
    visit("u", op.u, Role::in);
    visit("dy", op.dy, Role::in);
    visit("du", op.du, Role::assign);
    visit("da", op.da, Role::accumulate);
    visit("db", op.db, Role::accumulate);
    visit("dx", op.dx, Role::accumulate);
    visit("scale", op.scale);
  }
};

void check(const LoraLinear& op);
void check(const LoraLinearBackward& op);

}  // namespace xling
