// One piece of attention's work, as the cut by shape hands it to an ISA.
#pragma once

#include <cstdint>

#include "cpu/simd/sample_loops.h"
#include "kernels/attention.h"

namespace xling::simd {

// Keys of one tile of the running softmax: part of what the results are.
constexpr int attention_tile = 96;
// Queries that share a task's reads of keys and values.
constexpr int attention_queries = 96;

// By which words a row's probabilities are dropped: that of query head h at place
// t and key place j is of group h << attention_group_bits | j / 4 at token t.
struct AttentionDrop {
  WordsAt at;  // of the row; its token counts nothing
  uint32_t threshold;
  float factor;
};

// Queries of one row and one key head: token by token, and of each token the
// heads that read this key head.
struct AttentionQueries {
  int64_t row;     // the row's first token
  int64_t tokens;  // in the row
  int64_t key_head;
  int64_t first;   // query: token first / (Hq/Hkv) of the row, head first % (Hq/Hkv) of the group
  int count;       // at most attention_queries
  const AttentionDrop* drop;  // null: nothing is dropped
};

// All queries of one block of a row's tokens against the keys of another: adds
// to dq of the one and dk, dv of the other, and to nothing else.
struct AttentionPair {
  int64_t row;
  int64_t tokens;
  int64_t key_head;
  int64_t first_query, last_query;  // tokens of the row: the first, and one past the last
  int64_t first_key, last_key;
  const AttentionDrop* drop;  // null: nothing is dropped
};

struct AttentionLoops {
  int keys;  // that backward takes at a time: a block has a multiple of it
  void (*forward)(const Attention&, const AttentionQueries&);
  void (*backward)(const AttentionBackward&, const AttentionPair&);
};

}  // namespace xling::simd
