// One piece of attention_decode's work, as the cut by shape hands it to an ISA.
#pragma once

#include <cstdint>

#include "cpu/simd/attention_loops.h"
#include "kernels/attention_decode.h"

namespace xling::simd {

// Tokens of one row on their way into its slot.
struct CacheTokens {
  int64_t token;     // the first, in the batch
  int64_t count;
  int64_t position;  // of the first
  int64_t slot;
};

// Queries of one row and one key head: token by token, and of each token the
// heads that read this key head.
struct DecodeQueries {
  int64_t row;    // the row's first token, in the batch
  int64_t start;  // its position
  int64_t slot;
  int64_t key_head;
  int64_t first;  // query: token first / (Hq/Hkv) of the row, head first % (Hq/Hkv) of the group
  int count;      // at most attention_queries
};

struct AttentionDecodeLoops {
  void (*store)(const AttentionDecode&, const CacheTokens&);
  void (*attend)(const AttentionDecode&, const DecodeQueries&);
};

static_assert(kv_cache_tile == attention_tile);

}  // namespace xling::simd
