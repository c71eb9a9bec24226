// Softmax attention of each token over its row (Vaswani et al. 2017, eq. 1),
// and its gradients, without a matrix of scores: whole, causal or in a window
// of neighbours, with fewer key heads than query heads where a model has them
// (grouped queries: Ainslie et al. 2023).
#pragma once

#include "kernels/contract.h"

namespace xling {

constexpr int64_t attention_widest_head = 256;
// Where probabilities are dropped, a group of four words is named by a head and four places in 32 bits.
constexpr int attention_group_bits = 17;
constexpr int64_t attention_dropout_tokens = int64_t{4} << attention_group_bits;
constexpr int64_t attention_dropout_heads = int64_t{1} << (32 - attention_group_bits);

// By which probabilities are dropped.
struct AttentionDropout {
  Tensor keys;
  int32_t seed_low = 0;
  int32_t seed_high = 0;
  int32_t op = 0;
  int32_t step = 0;
  float rate = 0.0f;

  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& dropout) {
    visit("keys", dropout.keys, Role::in);
    visit("seedLow", dropout.seed_low);
    visit("seedHigh", dropout.seed_high);
    visit("op", dropout.op);
    visit("step", dropout.step);
    visit("rate", dropout.rate);
  }
};

// Rows are packed: row b is tokens offsets[b] … offsets[b+1]-1. A token attends
// the tokens of its row, itself among them, that are at most `before` places
// before it and `after` places after it; -1 is any number. So causal is (-1, 0),
// Gemma's window of w is (w-1, 0), bidirectional is (-1, -1).
//
// Query head h reads key head g = h / (Hq / Hkv).
//
//   p[t,h,j] = softmax over the attended j of s[t,h,j] = scale * sum_d q[t,h,d] k[j,g,d]
//   y[t,h]   = sum_j p[t,h,j] m[t,h,j] v[j,g]
//   lse[t,h] = log sum_j exp(s[t,h,j])
//
// m drops probabilities (dropout, Srivastava et al. 2014; Vaswani et al. 2017, 5.4): 1 where rate is 0, else
//   m[t,h,j] = word >= rate * 2^32, that rounded to the nearest, ? 1 / (1 - rate) : 0, with
//   word = RandomStream({seed, RandomPurpose::dropout, op, step, view, key}).words(place of t, h * 2^17 + (place of j) / 4)[(place of j) % 4]
// where key and view are those of the row. It depends on nothing else: neither on the batch nor on the ISA.
//
// q        [T, Hq, D]   f32; D is a multiple of 8 and at most 256
// k, v     [T, Hkv, D]  f32; Hkv divides Hq
// offsets  [B+1]        i32: 0 first, T last, never falling; a row may be empty
// keys     [B, 3]       i32, as in kernels/dropout.h; absent where rate is 0, which it is by default. Where it is
//                       not, rows have at most 2^19 tokens and Hq is at most 2^15
// y        [T, Hq, D]   f32; =; lies over none of the inputs
// lse      [T, Hq]      f32; =; kept for backward, absent when nothing trains
//
// T and B may be 0. Other offsets are ERR_INVALID_ARGUMENT on the CPU, which
// sees them when it runs and not when it is checked.
//
// A query's result depends on its own row and on nothing else: neither on the
// queries that are computed beside it nor on what it does not attend, be that
// NaN. On the CPU its arithmetic, which whoever computes one query alone can
// repeat to the last bit, is this. A score is one chain of fused multiply-adds
// over d, ascending from 0, then multiplied by scale. Keys come in tiles of 96
// places of the row, [96 i, 96 i + 96), ascending. From m = -FLT_MAX, l = 0 and
// y = 0, each tile that has attended keys does (Milakov & Gimelshein 2018, alg. 3)
//   m' = max(m, its s)    c = exp(m - m')    p[j] = exp(s[j] - m')
//   l  = fma(l, c, the sum of its p, one chain ascending from 0); then each p[j] is multiplied by its m, where rate is not 0
//   y  = y c, then fma(p[j], v[j], y), j ascending
// and at the end y is multiplied by 1 / l, and lse = m + log l.
struct Attention {
  Tensor q;
  Tensor k;
  Tensor v;
  Tensor offsets;
  Tensor y;
  Tensor lse;
  float scale = 1.0f;
  int32_t before = -1;
  int32_t after = -1;
  AttentionDropout dropout = {};

  static constexpr char name[] = "attention";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("q", op.q, Role::in);
    visit("k", op.k, Role::in);
    visit("v", op.v, Role::in);
    visit("offsets", op.offsets, Role::in);
    visit("y", op.y, Role::assign);
    visit("lse", op.lse, Role::assign);
    visit("scale", op.scale);
    visit("before", op.before);
    visit("after", op.after);
    op.dropout.fields(visit, op.dropout);
  }
};

// With p from lse and ds[t,h,j] = scale * p[t,h,j] (m[t,h,j] dy[t,h]·v[j,g] - dy[t,h]·y[t,h]),
// and sums over j attended by t, over t that attend j, and over the h that read g:
//
//   dq[t,h] += sum_j ds[t,h,j] k[j,g]
//   dk[j,g] += sum_t sum_h ds[t,h,j] q[t,h]
//   dv[j,g] += sum_t sum_h p[t,h,j] m[t,h,j] dy[t,h]
//
// q, k, v, offsets  as above
// y, lse            from Attention
// dy                [T, Hq, D]   f32
// dq                [T, Hq, D]   f32; absent when it is not wanted, like
// dk, dv            [T, Hkv, D]  f32; the three lie over no input and not over one another
//
// Every sum is one chain of fused multiply-adds from the value that is there, in
// an order that the row's length and the window give: equal bits however rows
// are batched.
struct AttentionBackward {
  Tensor q;
  Tensor k;
  Tensor v;
  Tensor offsets;
  Tensor y;
  Tensor lse;
  Tensor dy;
  Tensor dq;
  Tensor dk;
  Tensor dv;
  float scale = 1.0f;
  int32_t before = -1;
  int32_t after = -1;
  AttentionDropout dropout = {};

  static constexpr char name[] = "attention_backward";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("q", op.q, Role::in);
    visit("k", op.k, Role::in);
    visit("v", op.v, Role::in);
    visit("offsets", op.offsets, Role::in);
    visit("y", op.y, Role::in);
    visit("lse", op.lse, Role::in);
    visit("dy", op.dy, Role::in);
    visit("dq", op.dq, Role::accumulate);
    visit("dk", op.dk, Role::accumulate);
    visit("dv", op.dv, Role::accumulate);
    visit("scale", op.scale);
    visit("before", op.before);
    visit("after", op.after);
    op.dropout.fields(visit, op.dropout);
  }
};

void check(const Attention& op);
void check(const AttentionBackward& op);

}  // namespace xling
