// Differentiable attention.
#pragma once

#include "autograd/dropout.h"

namespace xling {

// What attends what: k and v [T, Hkv, D] beside q [T, Hq, D], and the rows that
// `offsets` [B+1] cut them into.
struct AttentionInputs {
  Variable q;
  Variable k;
  Variable v;
  Tensor offsets;
};

struct AttentionOptions {
  float scale = 1.0f;   // of the scores; 1 / sqrt(D) in most models
  int32_t before = -1;  // how many places before itself a token attends, and after; -1: all
  int32_t after = -1;
  DropoutMask dropout = {};  // of the probabilities; a rate of 0, the default, needs none of its rows
};

// y = attention(q, k, v); y.value is given by the caller, [T, Hq, D] like q.
// With a tape, saves lse [T, Hq] and references the inputs, the offsets and
// y.value, and the keys of a mask, which must stay until backward; backward then
// draws the mask again and adds to the gradients of q, k and v where they are
// present, from y.grad.
void attention(Pass& pass, const AttentionInputs& inputs, const Variable& y, const AttentionOptions& options);

}  // namespace xling
