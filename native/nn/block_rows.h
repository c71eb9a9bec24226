// What a block must know of the packed rows.
#pragma once

#include <optional>

#include "autograd/dropout.h"
#include "autograd/rope.h"
#include "nn/linear.h"

namespace xling {

// Where one layer's keys and values of earlier tokens lie (kernels/kv_cache.h).
struct LayerCache {
  Tensor keys;
  Tensor values;
};

// Rows that go on from what a cache holds of them.
struct CachedRows {
  Tensor slots;   // [B] i32
  Tensor starts;  // [B] i32
  LayerCache layer;
};

// Rates at which a block of its own accord drops something, and what its masks are drawn by.
struct Drops {
  RowStreams rows;
  float features = 0;       // of what joins the stream
  float probabilities = 0;  // of attention

  DropoutMask mask(uint32_t place, float rate) const { return {rows, place, rate}; }
};

struct BlockRows {
  Tensor offsets;  // [B+1] i32
  const Adaptation& adaptation;
  std::optional<RopeAngles> angles = {};  // [T, head_dim / 2]; none: nothing is turned
  std::optional<CachedRows> cached = {};  // none: rows are whole
  Drops drops = {};
};

}  // namespace xling
