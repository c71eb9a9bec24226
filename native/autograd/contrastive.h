// Differentiable contrastive loss: where an encoder's backward pass begins.
#pragma once

#include "autograd/pass.h"
#include "kernels/contrastive.h"

namespace xling {

struct ContrastiveOptions {
  int64_t anchors = 0;                      // B, of x's [R, d]
  float temperature = 0.05f;                // divides the cosines
  float hard_negative_weight = 0.0f;        // added to the logit of an anchor's own hard negatives
  Directions directions = Directions::forward;
};

// Logits stay in memory while they fit; beyond, they are made some rows at a time.
constexpr size_t logits_kept_bytes = size_t{128} << 20;
constexpr size_t logits_tile_bytes = size_t{32} << 20;

// loss [1] = the sum over anchors, as kernels/contrastive.h says of x's rows. Nothing is recorded: what comes down to a
// sum of losses is always 1, so with a tape the gradient is made on the way. x.grad is overwritten, and not
// added to as by other ops, so x must have no other reader. Logits and rows of length one are temporaries.
void contrastive(Pass& pass, const Variable& x, const ContrastiveOptions& options, const Tensor& loss);

}  // namespace xling
