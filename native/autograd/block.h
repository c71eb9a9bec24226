// A block of a model: the span of a forward whose gradients live only while its
// backward runs, and the unit of recomputation (Chen et al. 2016, "Training deep
// nets with sublinear memory cost").
#pragma once

#include <functional>

#include "autograd/pass.h"

namespace xling {

// A block's forward. What outlives it, the caller made before, with its gradient. It may be run again after the caller
// has returned, and must then do the same: whatever it refers to lives until backward.
using BlockBody = std::function<void(Pass&)>;

// Runs the block. Forward gives the gradients of what it makes addresses on the
// arena's right, and lets go of them; backward takes the same bytes again, zeroed.
void run_block(Pass& pass, const BlockBody& block);

// The same, but keeps nothing until backward, which runs the block a second time.
void recompute_block(Pass& pass, const BlockBody& block);

}  // namespace xling
