// Self-attention of a decoder: projections, norms of queries and keys, rotation.
#pragma once

#include <optional>

#include "autograd/rope.h"
#include "nn/residual.h"

namespace xling {

struct AttentionParameters {
  LinearLayer query, key, value;
  std::optional<RmsNormParameters> query_norm, key_norm;  // per head
  WayBack output;
  int64_t heads, key_value_heads, head_dim;
  float scale;
  int64_t window;  // tokens seen, itself included; 0: all before it
};

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

// What a block must know of the packed rows.
struct BlockRows {
  Tensor offsets;     // [B+1] i32
  RopeAngles angles;  // [T, head_dim / 2]
  const Adaptation& adaptation;
  std::optional<CachedRows> cached;  // none: rows are whole
};

// Adds output(attention(x)) to the stream, x [T, H] normed already. Cached rows have no backward.
void self_attention(Pass& pass, const Variable& x, const AttentionParameters& parameters, const BlockRows& rows,
                    const Stream& stream);

}  // namespace xling
