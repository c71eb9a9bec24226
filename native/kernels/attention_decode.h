// Attention of a row's next tokens over all that its slot of a cache holds: one
// token per row when text is sampled, any number when a prompt is read.
#pragma once

#include "kernels/kv_cache.h"

namespace xling {

// Rows are packed: row b is tokens offsets[b] … offsets[b+1]-1, and its token t
// has position p = starts[b] + t - offsets[b]. First the keys and values of all
// tokens join the cache (kernels/kv_cache.h), each at its position in its row's
// slot; then every token attends positions p - before … p of that slot, none
// below 0; before = -1 is all, and Gemma's window of w is w - 1. Query head h
// reads key head h / (Hq / Hkv).
//
// q             [T, Hq, D]       f32; D is a multiple of 8 and at most 256
// k, v          [T, Hkv, D]      f32; Hkv divides Hq
// offsets       [B+1]            i32: 0 first, T last, never falling; a row may be empty
// slots         [B]              i32: each row's, from 0 to S - 1, no two the same
// starts        [B]              i32: tokens that the slot holds already, from 0
// keys, values  [S, Hkv, C, D]   f32; C is a multiple of 96; read and written, in the rows' slots alone
// y             [T, Hq, D]       f32; =; y, keys and values lie over no input and not over one another
//
// No token may push out what this call attends: in every row starts + tokens <= C,
// or, with before >= 0, tokens + before <= C. T, B and S may be 0. Other
// contents of offsets, slots and starts are ERR_INVALID_ARGUMENT on the CPU,
// which sees them when it runs and not when it is checked; nothing has changed
// then.
//
// On the CPU y equals, to the last bit, what Attention of the whole row with the
// same `before` and after = 0 gives for the token: its arithmetic, which
// kernels/attention.h spells out, over tiles of the same positions. So it does
// not matter how a row was cut into calls, which rows were beside it, in which
// slot it lay, or what else the cache holds, be that NaN.
struct AttentionDecode {
  Tensor q;
  Tensor k;
  Tensor v;
  Tensor offsets;
  Tensor slots;
  Tensor starts;
  Tensor keys;
  Tensor values;
  Tensor y;
  float scale = 1.0f;
  int32_t before = -1;

  static constexpr char name[] = "attention_decode";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("q", op.q, Role::in);
    visit("k", op.k, Role::in);
    visit("v", op.v, Role::in);
    visit("offsets", op.offsets, Role::in);
    visit("slots", op.slots, Role::in);
    visit("starts", op.starts, Role::in);
    visit("keys", op.keys, Role::accumulate);
    visit("values", op.values, Role::accumulate);
    visit("y", op.y, Role::assign);
    visit("scale", op.scale);
    visit("before", op.before);
  }
};

void check(const AttentionDecode& op);

}  // namespace xling
