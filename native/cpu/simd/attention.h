// The inner loops of attention over lanes V, in tiles of MR x NV vectors. See
// kernels/attention.h for what they compute, to the last bit.
//
// Lanes are queries: a query's scores, maximum and sum stay in its own lane, so
// its neighbours cannot matter.
#pragma once

#include "cpu/simd/attention_loops.h"
#include "cpu/simd/attention_reach.h"
#include "cpu/simd/attention_tile.h"
#include "cpu/simd/exp.h"
#include "cpu/simd/philox_lanes.h"

namespace xling::simd {

// Up to `queries` queries and what they have gathered so far. Queries beyond
// the last are the last again, computed and never stored.
template <class V, int MR, int NV>
class AttentionBlock {
 public:
  AttentionBlock(const Attention& op, const AttentionQueries& at);
  void run();

 private:
  static constexpr int n = V::lanes, columns = NV * n, queries = attention_queries, tile = attention_tile;
  static_assert(queries % columns == 0 && queries % MR == 0 && tile % MR == 0 && tile % 4 == 0);

  static int round_up(int count, int step) { return (count + step - 1) / step * step; }
  void begin_tile(int64_t first_key);
  void score(int panel);
  void soften(int panel);
  void drop(int panel, int64_t first_key);
  void finish();

  const Attention& op_;
  const AttentionQueries& at_;
  const AttentionReach<V> reach_;
  const int64_t width_;
  // Queries that are computed: of whole panels, and of whole tiles too.
  const int panels_end_;
  const int padded_;

  alignas(64) float turned_[queries * attention_widest_head];  // panels of `columns` queries, [width, columns] each
  alignas(64) float p_[tile * queries];                        // scores, then p: [key, query]
  alignas(64) float largest_[queries];
  alignas(64) float sum_[queries];
  alignas(64) float keep_[queries];
  // The keys of the tile that a query attends, in both kinds of numbers.
  int begin_[queries], end_[queries];
  alignas(64) float begin_lane_[queries];
  alignas(64) float end_lane_[queries];
  int64_t place_[queries];
  // A query's random words: its place, and what its head gives to the number of their group.
  uint32_t token_[queries], group_[queries];
  const float* q_[queries];
  float* y_[queries];
  const float* k_[tile];
  const float* v_[tile];
};

template <class V, int MR, int NV>
AttentionBlock<V, MR, NV>::AttentionBlock(const Attention& op, const AttentionQueries& at)
    : op_(op),
      at_(at),
      reach_(op, at.tokens),
      width_(op.q.shape.dims[2]),
      panels_end_(round_up(at.count, columns)),
      padded_(panels_end_ > round_up(at.count, MR) ? panels_end_ : round_up(at.count, MR)) {
  const int64_t heads = op.q.shape.dims[1], group = heads / op.k.shape.dims[1];
  int64_t place = at.first / group, head = at.first % group;
  for (int i = 0; i < padded_; ++i) {
    const int64_t offset = ((at.row + place) * heads + at.key_head * group + head) * width_;
    q_[i] = static_cast<const float*>(op.q.data) + offset;
    y_[i] = static_cast<float*>(op.y.data) + offset;
    place_[i] = place;
    token_[i] = static_cast<uint32_t>(place);
    group_[i] = static_cast<uint32_t>(at.key_head * group + head) << attention_group_bits;
    largest_[i] = -__FLT_MAX__;
    sum_[i] = 0.0f;
    keep_[i] = 1.0f;
    if (i + 1 < at.count && ++head == group) {
      head = 0;
      ++place;
    }
  }
  for (int panel = 0; panel < panels_end_; panel += columns) turn_rows<V, columns>(q_ + panel, width_, turned_ + panel * width_);
  for (int i = 0; i < at.count; ++i)
    for (int64_t d = 0; d < width_; ++d) y_[i][d] = 0.0f;
  // Tiles may also read beyond the last panel, where no score is ever put.
  for (int key = 0; key < tile; ++key)
    for (int i = panels_end_; i < padded_; ++i) p_[key * queries + i] = 0.0f;
}

template <class V, int MR, int NV>
void AttentionBlock<V, MR, NV>::begin_tile(int64_t first_key) {
  const int64_t key_heads = op_.k.shape.dims[1];
  for (int i = 0; i < tile; ++i) {
    const int64_t key = first_key + i < at_.tokens ? first_key + i : at_.tokens - 1;
    const int64_t offset = ((at_.row + key) * key_heads + at_.key_head) * width_;
    k_[i] = static_cast<const float*>(op_.k.data) + offset;
    v_[i] = static_cast<const float*>(op_.v.data) + offset;
  }
  for (int i = 0; i < padded_; ++i) {
    begin_[i] = reach_.within(reach_.first_key(place_[i]), first_key, tile);
    end_[i] = reach_.within(reach_.last_key(place_[i]), first_key, tile);
    begin_lane_[i] = static_cast<float>(begin_[i]);
    end_lane_[i] = static_cast<float>(end_[i]);
  }
}

// Scores of a panel of queries, for keys that any of them attends.
template <class V, int MR, int NV>
void AttentionBlock<V, MR, NV>::score(int panel) {
  for (int key = begin_[panel] / MR * MR; key < end_[panel + columns - 1]; key += MR)
    dot_tile<V, MR, NV>({k_ + key, turned_ + panel * width_, width_, op_.scale, p_ + key * queries + panel, queries});
}

// Scores become p; the running maximum and sum take them in.
template <class V, int MR, int NV>
void AttentionBlock<V, MR, NV>::soften(int panel) {
  // Keys that any query of the panel attends, and that all do.
  const int first = begin_[panel], last = end_[panel + columns - 1];
  const int all_first = begin_[panel + columns - 1], all_last = end_[panel];
  const V hidden = V::splat(-__builtin_inff());
  V largest[NV], sum[NV];
#pragma GCC unroll 4
  for (int j = 0; j < NV; ++j) {
    largest[j] = V::load(largest_ + panel + j * n);
    sum[j] = V::zero();
  }
  for (int key = first; key < last; ++key) {
    const V place = V::splat(static_cast<float>(key));
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) {
      const int at = panel + j * n;
      V score = V::load(p_ + key * queries + at);
      if (key < all_first || key >= all_last) {
        score = where_less(place, V::load(begin_lane_ + at), hidden, score);
        score = where_less(place, V::load(end_lane_ + at), score, hidden);
        score.store(p_ + key * queries + at);
      }
      largest[j] = max(largest[j], score);
    }
  }
  for (int key = first; key < last; ++key)
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) {
      float* at = p_ + key * queries + panel + j * n;
      const V p = exp(V::load(at) - largest[j]);
      p.store(at);
      sum[j] = sum[j] + p;
    }
#pragma GCC unroll 4
  for (int j = 0; j < NV; ++j) {
    const int at = panel + j * n;
    const V keep = exp(V::load(largest_ + at) - largest[j]);
    keep.store(keep_ + at);
    largest[j].store(largest_ + at);
    fma(V::load(sum_ + at), keep, sum[j]).store(sum_ + at);
  }
}

// Each p of a panel by its mask, four keys at a time: a group has a word for each.
template <class V, int MR, int NV>
void AttentionBlock<V, MR, NV>::drop(int panel, int64_t first_key) {
  const PhiloxLanes<V> random(at_.drop->at);
  const V factor = V::splat(at_.drop->factor);
  const int first = begin_[panel], last = end_[panel + columns - 1];
  for (int four = first / 4 * 4; four < last; four += 4) {
    typename V::ints words[4][NV];
    random.template words<NV>(token_ + panel, group_ + panel, static_cast<uint32_t>((first_key + four) / 4), words);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      if (four + i < first || four + i >= last) continue;
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) {
        float* at = p_ + (four + i) * queries + panel + j * n;
        (V::load(at) * where_at_least(words[i][j], at_.drop->threshold, factor)).store(at);
      }
    }
  }
}

template <class V, int MR, int NV>
void AttentionBlock<V, MR, NV>::finish() {
  float* lse = static_cast<float*>(op_.lse.data);
  for (int i = 0; i < at_.count; ++i) {
    const float inverse = 1.0f / sum_[i];
    for (int64_t d = 0; d < width_; ++d) y_[i][d] *= inverse;
    if (lse) lse[(y_[i] - static_cast<float*>(op_.y.data)) / width_] = largest_[i] + __builtin_logf(sum_[i]);
  }
}

template <class V, int MR, int NV>
void AttentionBlock<V, MR, NV>::run() {
  const int64_t last_key = reach_.last_key(place_[at_.count - 1]);
  for (int64_t key = reach_.first_key(place_[0]) / tile * tile; key < last_key; key += tile) {
    begin_tile(key);
    for (int panel = 0; panel < panels_end_; panel += columns) {
      score(panel);
      soften(panel);
      if (at_.drop) drop(panel, key);
    }
    add_band<V, MR, NV, 1, queries>({p_, v_, y_, begin_, end_, keep_, at_.count, width_});
  }
  finish();
}

template <class V, int MR, int NV>
void attention(const Attention& op, const AttentionQueries& at) {
  static_assert(sizeof(AttentionBlock<V, MR, NV>) <= 240 << 10, "scratch on the stack");
  AttentionBlock<V, MR, NV>(op, at).run();
}

}  // namespace xling::simd
