// Differentiable pool.
#pragma once

#include "autograd/pass.h"

namespace xling {

struct PoolOptions {
  Pooling pooling = Pooling::mean;
  float scale = 1.0f;
  Write write = Write::assign;  // y
};

// y = or += scale * pool(x) for the rows that `offsets` [B+1] i32 cut x [T, D]
// into; y.value is given by the caller, [B, D]. With a tape, saves nothing and
// references the offsets and, of max, x, which must stay until backward; backward
// adds to x.grad from y.grad. Where several pools add to one y, that is the
// gradient of each.
void pool(Pass& pass, const Variable& x, const Tensor& offsets, const Variable& y, const PoolOptions& options);

}  // namespace xling
