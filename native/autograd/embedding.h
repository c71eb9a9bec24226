// Differentiable embedding, and the picking of an activation's rows.
#pragma once

#include "autograd/pass.h"

namespace xling {

// A table of vectors [V, D] and, while it trains, where its gradient is added.
struct EmbeddingTable {
  Weight weight;
  Tensor grad;         // [V, D] f32; absent while it is frozen
  float scale = 1.0f;  // of what is picked
};

// y = or += scale * w[ids], for ids [T] i32; y.value is given by the caller, [T, D].
// With a tape, saves nothing and references ids, which must stay until backward;
// backward then adds to the table's gradient from y.grad. Where several tables add
// to one y, that is the gradient of each.
void embedding(Pass& pass, const Tensor& ids, const EmbeddingTable& table, const Variable& y, Write write = Write::assign);

// y = x[ids]: rows of an activation [V, D] f32, in the same terms. Its backward adds to x.grad.
void pick_rows(Pass& pass, const Tensor& ids, const Variable& x, const Variable& y);

}  // namespace xling
