// Rows of a matrix, picked by number: token embeddings, and any gather of rows.
#pragma once

#include "kernels/contract.h"

namespace xling {

//   y[t,d] = scale * w[ids[t],d]
//
// ids  [T]     i32, each from 0 to V - 1; another is ERR_INVALID_ARGUMENT, at the latest where y is read
// w    [V, D]
// y    [T, D]  f32; =, apart from w
struct Embedding {
  Tensor ids;
  Weight w;
  Tensor y;
  float scale = 1.0f;

  static constexpr char name[] = "embedding";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("ids", op.ids, Role::in);
    visit("w", op.w, Role::in);
    visit("y", op.y, Role::assign);
    visit("scale", op.scale);
  }
};

void check(const Embedding& op);

}  // namespace xling
