// Differentiable dropout.
#pragma once

#include "autograd/pass.h"

namespace xling {

// What every mask of a pass is drawn by: whose tokens they are, and when.
struct RowStreams {
  Tensor offsets;     // [B+1] i32
  Tensor keys;        // [B, 2] i32: the rows' keys in their data set, low and high words
  uint64_t seed = 0;
  uint32_t step = 0;  // optimizer steps done
  uint32_t view = 0;  // the first or second pass over one sentence
};

// A mask of [T, D] over those rows, for one place in the forward function.
struct DropoutMask {
  RowStreams rows;
  uint32_t op = 0;   // the place's number: no two places may share one
  float rate = 0.0f;
};

// The contract that multiplies x by the mask.
Dropout dropout_by(const DropoutMask& mask, const Tensor& x, const Tensor& y, Write y_write);

// y = x times the mask; y.value is given by the caller, [T, D] like x, and may
// be x.value itself. With a tape, saves nothing and references the mask's offsets
// and keys, which must stay until backward; backward draws the mask again and
// adds to x.grad from y.grad.
void dropout(Pass& pass, const Variable& x, const DropoutMask& mask, const Variable& y);

}  // namespace xling
