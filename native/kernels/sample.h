// The next token of each row, drawn from its logits: repetition penalty,
// temperature, top-k, top-p, min-p, then one draw of what they keep.
#pragma once

#include "kernels/contract.h"

namespace xling {

// A row of Sample::settings; the defaults change and drop nothing.
struct SampleSettings {
  float temperature = 1;         // finite; 0 is greedy
  float top_p = 1;               // above 0, at most 1
  float min_p = 0;               // 0 to 1
  float repetition_penalty = 1;  // finite, above 0
};

// What a row does, in this order; the filters' meaning is that of Hugging Face
// transformers (generation/logits_process.py). T is its temperature, k its top_k.
//
//   z[v]   = logits[v], but for v in its history, however often: logits[v] * penalty below 0,
//            logits[v] / penalty elsewhere, in f32
//   T = 0    the lowest id of the largest z; nothing below matters
//   d[v]   = (max z - z[v]) / T, in f64: how far v is behind the best
//   top-k    keeps z[v] >= the k-th largest z, so all that equal it
//   top-p    below 1: orders what top-k kept by z falling, equal ones by id rising, and keeps v while the sum of
//            weights before v is below top_p * the sum of all (in f64), so the first always. The weight of v is
//            exp(-d[v]), itself within 2 ulp, rounded to a multiple of 2^-s, s = min(51, 62 - the bits of V), 43
//            for Gemma's V = 2^18: in these units it is a whole number, and sums in 64 bits are exact, in any order
//   min-p    keeps d[v] <= -log(min_p), which is probability >= min_p times the largest
//   id     = the v with the largest g[v] - d[v] of those that all three keep (Gumbel-max), the lowest of equals
//   g[v]   = -log(-log((word + 0.5) / 2^32)), in f64, with
//   word   = RandomStream({seed, RandomPurpose::sampling, 0, 0, 0, key}).words(position, v / 4)[v % 4]
//
// A draw thus depends on its row and on nothing else: the number of threads, the other rows and the ISA change no
// bit of it. Logarithms are the C library's: on another machine a tie to within their last bits may go the other way.
//
// A logit of -inf is never chosen. Where z has NaN, or nothing above -inf, id is -1, which whoever reads it must
// report. Where z has +inf and no NaN, id is the lowest such v, whatever the settings.
//
// logits          [R, V]  f32, V at least 1
// settings        [R, 4]  f32, each row a SampleSettings
// top_k           [R]     i32, from 0, which is no limit, as V and above are
// history         [N]     i32, each from 0 to V - 1
// history_offsets [R+1]   i32: 0, none below the one before it, at last N; row r has history[offsets[r]..offsets[r+1])
// seeds, keys     [R, 2]  i32, low and high words of 64 bits
// positions       [R]     i32, from 0: the token's place in its row
// ids             [R]     i32; =, apart from the others
//
// A value that is none of these is ERR_INVALID_ARGUMENT, at the latest where ids is read.
struct Sample {
  Tensor logits;
  Tensor settings;
  Tensor top_k;
  Tensor history;
  Tensor history_offsets;
  Tensor seeds;
  Tensor keys;
  Tensor positions;
  Tensor ids;

  static constexpr char name[] = "sample";
  template <class Visit, class Self>
  static void fields(Visit&& visit, Self& op) {
    visit("logits", op.logits, Role::in);
    visit("settings", op.settings, Role::in);
    visit("topK", op.top_k, Role::in);
    visit("history", op.history, Role::in);
    visit("historyOffsets", op.history_offsets, Role::in);
    visit("seeds", op.seeds, Role::in);
    visit("keys", op.keys, Role::in);
    visit("positions", op.positions, Role::in);
    visit("ids", op.ids, Role::assign);
  }
};

void check(const Sample& op);

}  // namespace xling
