// Differentiable dropout.
#pragma once

#include "autograd/pass.h"

namespace xling {

// What every mask of a pass is drawn by: whose tokens they are, and when.
struct RowStreams {
  Tensor offsets;     // [B+1] i32
  Tensor keys;        // [B, 3] i32: the rows' keys in their data set, low and high words, and their views
  uint64_t seed = 0;
  uint32_t step = 0;  // optimizer steps done
};

// A mask of [T, D] over those rows, for one place in the forward function.
struct DropoutMask {
  RowStreams rows;
  uint32_t op = 0;   // the place's number: no two places may share one
  float rate = 0.0f;
};

// The contract that multiplies x by the mask.
Dropout dropout_by(const DropoutMask& mask, const Tensor& x, const Tensor& y, Write y_write);

// What attention drops its probabilities by; a rate of 0 needs none of the mask's rows.
AttentionDropout attention_dropout_by(const DropoutMask& mask);

// y = residual + x times the mask; y.value is given by the caller, [T, D] like x,
// and may be x.value or the residual, which may be absent. With a tape, saves
// nothing and references the mask's offsets and keys, which must stay until
// backward; backward draws the mask again and adds to x.grad from y.grad. Where
// x.grad and y.grad are the same memory, it is multiplied in place: for an x
// without another reader. The residual's gradient is y's, before that: whoever
// adds a residual gives both the same memory, and x another.
void dropout(Pass& pass, const Variable& x, const DropoutMask& mask, const Tensor& residual, const Variable& y);

}  // namespace xling
