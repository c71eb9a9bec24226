// A cache slot's tokens handed to another: a prefix that rows share is computed
// once, and each row goes on from its own copy.
#pragma once

#include "kernels/kv_cache.h"

namespace xling {

// Slot `to` gets what the tokens at positions 0 … count-1 have put into slot
// `from`: all of it where count is C or more. What else `to` held is lost. A
// slot that has seen more than C positions no longer has its first ones: it can
// be copied at its full count only.
//
// keys, values  [S, Hkv, C, D]  f32 (kernels/kv_cache.h); not over one another
// from, to      0 to S - 1; the same one is left as it is
// count         0 or more
struct KvCopy {
  Tensor keys;
  Tensor values;
  int32_t from = 0;
  int32_t to = 0;
  int32_t count = 0;

  static constexpr char name[] = "kv_copy";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("keys", op.keys, Role::accumulate);
    visit("values", op.values, Role::accumulate);
    visit("from", op.from);
    visit("to", op.to);
    visit("count", op.count);
  }
};

void check(const KvCopy& op);

}  // namespace xling
