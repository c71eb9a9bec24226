// Rotary position embedding (Su et al. 2021, eq. 34), with the halves of a head
// as pairs, as in Hugging Face's files: feature i turns with feature i + D/2.
#pragma once

#include "kernels/contract.h"

namespace xling {

enum class RopeDirection : int32_t { forward = 0, inverse = 1 };

template <>
struct Choices<RopeDirection> {
  static constexpr const char* names[] = {"forward", "inverse"};
};

// The angles of every token, once for all layers that share frequencies:
//   cos[t,i] = scale * cos(positions[t] * frequencies[i]),  sin likewise
//
// positions    [T]       i32; rounded to f32 where f32 does not hold it (beyond 2^24)
// frequencies  [D/2]     f32, radians per position
// cos, sin     [T, D/2]  f32; =; apart from each other and from the inputs
// scale > 0 is the attention factor of YaRN and its like. The angle is the
// product in f32, as transformers computes it; its cosine and sine are rounded
// to f32 before scale multiplies them. T and D/2 may be 0.
struct RopeTable {
  Tensor positions;
  Tensor frequencies;
  Tensor cos;
  Tensor sin;
  float scale = 1.0f;

  static constexpr char name[] = "rope_table";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("positions", op.positions, Role::in);
    visit("frequencies", op.frequencies, Role::in);
    visit("cos", op.cos, Role::assign);
    visit("sin", op.sin, Role::assign);
    visit("scale", op.scale);
  }
};

// With h = D/2, i < h and s = sin, or -sin if the direction is inverse:
//   y[t,n,i]   = or += x[t,n,i] * cos[t,i] - x[t,n,i+h] * s[t,i]
//   y[t,n,i+h] = or += x[t,n,i+h] * cos[t,i] + x[t,n,i] * s[t,i]
// Each product is rounded, then their sum: the same bits on every ISA. The
// inverse is the transpose, which is the gradient of x from that of y.
//
// x, y      [T, H, D]  f32, D even; y may be x itself
// cos, sin  [T, D/2]   f32, from RopeTable; y lies over neither
// T, H and D may be 0.
struct Rope {
  Tensor x;
  Tensor cos;
  Tensor sin;
  Tensor y;
  RopeDirection direction = RopeDirection::forward;
  Write y_write = Write::assign;

  static constexpr char name[] = "rope";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("x", op.x, Role::in);
    visit("cos", op.cos, Role::in);
    visit("sin", op.sin, Role::in);
    visit("y", op.y, Role::assign_or_accumulate);
    visit("direction", op.direction);
    visit("yWrite", op.y_write);
  }
};

void check(const RopeTable& op);
void check(const Rope& op);

}  // namespace xling
