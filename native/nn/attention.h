// Self-attention: projections, norms of queries and keys, rotation.
#pragma once

#include <optional>

#include "autograd/attention.h"
#include "autograd/rms_norm.h"
#include "autograd/rope.h"
#include "nn/block_rows.h"

namespace xling {

struct AttentionParameters {
  LinearLayer query, key, value;
  std::optional<RmsNormParameters> query_norm, key_norm;  // per head
  int64_t heads, key_value_heads, head_dim;
  float scale;
  int32_t before = -1, after = -1;  // places that a token attends on its two sides; -1: all
  uint32_t place = 0;               // of its dropout among the model's
};

// The heads' outputs side by side, [T, heads * head_dim], of x [T, H]. Cached rows have no backward.
Variable self_attention(Pass& pass, const Variable& x, const AttentionParameters& parameters, const BlockRows& rows);

}  // namespace xling
