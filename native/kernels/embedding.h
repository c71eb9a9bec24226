// Rows of a matrix, picked by number: token embeddings, and any gather of rows;
// and back, where the same row's gradients meet.
#pragma once

#include "kernels/contract.h"

namespace xling {

//   y[t,d] = or += scale * w[ids[t],d]
//
// ids  [T]     i32, each from 0 to V - 1; another is ERR_INVALID_ARGUMENT, at the latest where y is read
// w    [V, D]
// y    [T, D]  f32; apart from w; where it is added to, the product is rounded, then the sum
struct Embedding {
  Tensor ids;
  Weight w;
  Tensor y;
  float scale = 1.0f;
  Write y_write = Write::assign;

  static constexpr char name[] = "embedding";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("ids", op.ids, Role::in);
    visit("w", op.w, Role::in);
    visit("y", op.y, Role::assign_or_accumulate);
    visit("scale", op.scale);
    visit("yWrite", op.y_write);
  }
};

//   dw[ids[t],d] += scale * dy[t,d]
// where an id is repeated, t ascending; the product is rounded, then the sum.
//
// ids  [T]     i32, each from 0 to V - 1; another is ERR_INVALID_ARGUMENT, at the latest where dw is read
// dy   [T, D]  f32
// dw   [V, D]  f32; +=, lies over neither input
struct EmbeddingBackward {
  Tensor ids;
  Tensor dy;
  Tensor dw;
  float scale = 1.0f;

  static constexpr char name[] = "embedding_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("ids", op.ids, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dw", op.dw, Role::accumulate);
    visit("scale", op.scale);
  }
};

void check(const Embedding& op);
void check(const EmbeddingBackward& op);

}  // namespace xling
