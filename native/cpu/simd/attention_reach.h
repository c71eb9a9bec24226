// Who attends whom, in the loops of lanes V. A template of V like everything
// here, so that no two ISAs' files share a function.
#pragma once

#include <cstdint>

namespace xling::simd {

// Places are counted from the row's first token.
template <class V>
struct AttentionReach {
  int64_t tokens, before, after;

  template <class Op>
  AttentionReach(const Op& op, int64_t row_tokens)
      : tokens(row_tokens), before(op.before < 0 ? row_tokens : op.before), after(op.after < 0 ? row_tokens : op.after) {}

  // The keys that a query attends: the first, and one past the last.
  int64_t first_key(int64_t query) const { return query > before ? query - before : 0; }
  int64_t last_key(int64_t query) const { return query < tokens - after ? query + after + 1 : tokens; }
  // The queries that attend a key.
  int64_t first_query(int64_t key) const { return key > after ? key - after : 0; }
  int64_t last_query(int64_t key) const { return key < tokens - before ? key + before + 1 : tokens; }

  // A place, or number, counted from a block's first and held to the block.
  static int within(int64_t place, int64_t first, int64_t size) {
    return static_cast<int>(place < first ? 0 : place - first > size ? size : place - first);
  }
};

}  // namespace xling::simd
