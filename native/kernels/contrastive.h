// Contrastive loss with in-batch negatives (InfoNCE, van den Oord et al. 2018, eq. 4;
// with hard negatives SimCSE, Gao et al. 2021, eq. 5 and its section on their weight),
// and its gradient.
#pragma once

#include "kernels/contract.h"

namespace xling {

// From anchors to candidates, or the mean of that and of positives to anchors.
enum class Directions : int32_t { forward = 0, both = 1 };

template <>
struct Choices<Directions> {
  static constexpr const char* names[] = {"forward", "both"};
};

// x stacks B anchors, their B positives, and B hard negatives each, none or several
// times: row i of each block belongs to anchor i. With C = R - B candidates:
//   u[r]    = x[r] / max(|x[r]|, 1e-12)
//   z[i,c]  = scale * u[i]·u[B+c] + (c >= B and c % B is i ? hard_negative_weight : 0)
//   forward loss[0] = sum_i (log sum_c exp(z[i,c]) - z[i,i])
//   both    loss[0] = 1/2 sum_i (log sum_c exp(z[i,c]) - z[i,i]) + 1/2 sum_j (log sum_i exp(z[i,j]) - z[j,j]),
//           j over the B positives: hard negatives are candidates of anchors alone
//   dx      the gradient of loss by x
// The loss is a sum over anchors, in f64, rounded once.
//
// x     [R, d]  f32; R is a multiple of B, 2 B at least
// unit  [R, d]  f32; =: u, and scratch afterwards
// z     [r, C]  f32; scratch of at least 1 row: as many rows of logits as stand in memory at once. All B of them
//               save `both` a product; with fewer it makes logits twice.
// loss  [1]     f32; =
// dx    [R, d]  f32; =, or absent: the loss alone
// What is written lies over no input and nothing else that is written. B and d are at least 1; anchors is B.
//
// The loss and dx are the same bits for every height of z. On the CPU dx's sums over rows
// and candidates are in ascending order, those of exponentials in one fixed by shape.
struct Contrastive {
  Tensor x;
  Tensor unit;
  Tensor z;
  Tensor loss;
  Tensor dx;
  int32_t anchors = 0;
  float scale = 20.0f;
  float hard_negative_weight = 0.0f;
  Directions directions = Directions::forward;

  static constexpr char name[] = "contrastive";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("unit", op.unit, Role::assign);
    visit("z", op.z, Role::assign);
    visit("loss", op.loss, Role::assign);
    visit("dx", op.dx, Role::assign);
    visit("anchors", op.anchors);
    visit("scale", op.scale);
    visit("hardNegativeWeight", op.hard_negative_weight);
    visit("directions", op.directions);
  }
};

void check(const Contrastive& op);

}  // namespace xling
