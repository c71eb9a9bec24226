// The inner loops of attention's gradients over lanes V, in tiles of MR x NV
// vectors. See kernels/attention.h for what they compute.
//
// Here lanes are keys: they are turned once for all query heads that read them.
#pragma once

#include "cpu/simd/attention_loops.h"
#include "cpu/simd/attention_reach.h"
#include "cpu/simd/attention_tile.h"
#include "cpu/simd/exp.h"
#include "cpu/simd/philox_lanes.h"

namespace xling::simd {

// A pair, some of its keys and some of its queries at a time. Keys and queries
// beyond the last are the last again, computed and never stored.
template <class V, int MR, int NV>
class AttentionBackwardBlock {
 public:
  static constexpr int n = V::lanes, columns = NV * n;
  // That are taken at a time: whole panels and tiles of keys, and as many queries as leave the scratch small.
  static constexpr int keys = 3 * columns, queries = keys < 96 ? 96 : 48;

  AttentionBackwardBlock(const AttentionBackward& op, const AttentionPair& at);
  void run();

 private:
  static_assert(keys % MR == 0 && queries % MR == 0 && keys <= longest_band && queries <= longest_band);

  void begin_keys(int64_t first);
  void begin_queries(int64_t first);
  void multiply(const float* const* rows, const float* turned, float scale, float* out);
  void differentiate(int row);
  void differentiate(int row, const PhiloxLanes<V>& random);
  void add_gradients();

  const AttentionBackward& op_;
  const AttentionPair& at_;
  const AttentionReach<V> reach_;
  const int64_t width_;
  const int64_t group_;  // query heads of a key head
  const bool wants_ds_;
  // Those that are taken now.
  int64_t first_key_ = 0;
  int key_count_ = 0;
  int query_count_ = 0;

  alignas(64) float turned_k_[keys * attention_widest_head];  // panels of `columns` keys, [width, columns] each
  alignas(64) float turned_v_[keys * attention_widest_head];
  alignas(64) float p_[queries * keys];   // scores, then p times its mask: [query, key]
  alignas(64) float ds_[queries * keys];  // dy·v, then ds
  const float* q_[queries];
  const float* dy_[queries];
  float* dq_[queries];
  float lse_[queries];
  float delta_[queries];  // dy·y
  // A query's random words: its place, and what its head gives to the number of their group.
  uint32_t token_[queries], group_of_[queries];
  int begin_key_[queries], end_key_[queries];  // those that a query attends
  const float* k_[keys];
  float* dk_[keys];
  float* dv_[keys];
  int begin_query_[keys], end_query_[keys];  // those that attend a key
};

template <class V>
float row_dot(const float* a, const float* b, int64_t width) {
  constexpr int n = V::lanes;
  V sum = V::zero();
  int64_t d = 0;
  for (; d + n <= width; d += n) sum = fma(V::load(a + d), V::load(b + d), sum);
  if (d < width) sum = fma(V::load(a + d, static_cast<int>(width - d)), V::load(b + d, static_cast<int>(width - d)), sum);
  return sum.sum();
}

template <class V, int MR, int NV>
AttentionBackwardBlock<V, MR, NV>::AttentionBackwardBlock(const AttentionBackward& op, const AttentionPair& at)
    : op_(op),
      at_(at),
      reach_(op, at.tokens),
      width_(op.q.shape.dims[2]),
      group_(op.q.shape.dims[1] / op.k.shape.dims[1]),
      wants_ds_(op.dq.data || op.dk.data) {}

template <class V, int MR, int NV>
void AttentionBackwardBlock<V, MR, NV>::begin_keys(int64_t first) {
  first_key_ = first;
  key_count_ = reach_.within(at_.last_key, first, keys);
  const float* v[keys];
  for (int i = 0; i < keys; ++i) {
    const int64_t key = first + (i < key_count_ ? i : key_count_ - 1);
    const int64_t offset = ((at_.row + key) * op_.k.shape.dims[1] + at_.key_head) * width_;
    k_[i] = static_cast<const float*>(op_.k.data) + offset;
    v[i] = static_cast<const float*>(op_.v.data) + offset;
    dk_[i] = op_.dk.data ? static_cast<float*>(op_.dk.data) + offset : nullptr;
    dv_[i] = op_.dv.data ? static_cast<float*>(op_.dv.data) + offset : nullptr;
  }
  for (int panel = 0; panel < key_count_; panel += columns) {
    turn_rows<V, columns>(k_ + panel, width_, turned_k_ + panel * width_);
    turn_rows<V, columns>(v + panel, width_, turned_v_ + panel * width_);
  }
  // Tiles also read the columns of keys that are not there.
  for (int row = 0; row < queries; ++row)
    for (int i = key_count_; i < keys && i < key_count_ + MR; ++i) p_[row * keys + i] = ds_[row * keys + i] = 0.0f;
}

// Queries of the row from `first` on: token first / group_, head first % group_.
template <class V, int MR, int NV>
void AttentionBackwardBlock<V, MR, NV>::begin_queries(int64_t first) {
  const int64_t heads = op_.q.shape.dims[1];
  int64_t place = first / group_, in_group = first % group_;
  for (int i = 0; i < queries && i < query_count_ + MR; ++i) {
    const int64_t head_in_token = at_.key_head * group_ + in_group, head = (at_.row + place) * heads + head_in_token;
    token_[i] = static_cast<uint32_t>(place);
    group_of_[i] = static_cast<uint32_t>(head_in_token) << attention_group_bits;
    q_[i] = static_cast<const float*>(op_.q.data) + head * width_;
    dy_[i] = static_cast<const float*>(op_.dy.data) + head * width_;
    dq_[i] = op_.dq.data ? static_cast<float*>(op_.dq.data) + head * width_ : nullptr;
    begin_key_[i] = reach_.within(reach_.first_key(place), first_key_, keys);
    end_key_[i] = reach_.within(reach_.last_key(place), first_key_, keys);
    lse_[i] = static_cast<const float*>(op_.lse.data)[head];
    if (i < query_count_ && wants_ds_) delta_[i] = row_dot<V>(dy_[i], static_cast<const float*>(op_.y.data) + head * width_, width_);
    if (i + 1 < query_count_ && ++in_group == group_) {
      in_group = 0;
      ++place;
    }
  }
  for (int i = 0; i < keys; ++i) {
    const int64_t key = first_key_ + (i < key_count_ ? i : key_count_ - 1);
    begin_query_[i] = reach_.within(reach_.first_query(key) * group_, first, query_count_);
    end_query_[i] = reach_.within(reach_.last_query(key) * group_, first, query_count_);
  }
}

// scale * rows·keys, for keys that any of a few queries attends. Panels outside,
// so that one stays in the first cache for all queries.
template <class V, int MR, int NV>
void AttentionBackwardBlock<V, MR, NV>::multiply(const float* const* rows, const float* turned, float scale, float* out) {
  for (int panel = 0; panel < key_count_; panel += columns)
    for (int row = 0; row < query_count_; row += MR)
      if (begin_key_[row] < panel + columns && end_key_[row + MR - 1] > panel)
        dot_tile<V, MR, NV>({rows + row, turned + panel * width_, width_, scale, out + row * keys + panel, keys});
}

template <class V, int MR, int NV>
void AttentionBackwardBlock<V, MR, NV>::differentiate(int row) {
  const V lse = V::splat(lse_[row]), delta = V::splat(delta_[row]), scale = V::splat(op_.scale);
  for (int key = begin_key_[row] / n * n; key < end_key_[row]; key += n) {
    float* at = p_ + row * keys + key;
    float* ds = ds_ + row * keys + key;
    const V p = exp(V::load(at) - lse);
    p.store(at);
    if (wants_ds_) (p * (V::load(ds) - delta) * scale).store(ds);
  }
}

// The same where some are dropped: a whole panel of keys at a time, whose words
// neighbouring groups have.
template <class V, int MR, int NV>
void AttentionBackwardBlock<V, MR, NV>::differentiate(int row, const PhiloxLanes<V>& random) {
  static_assert(NV % 2 == 0, "a state of Philox has the words of two vectors");
  const V lse = V::splat(lse_[row]), delta = V::splat(delta_[row]), scale = V::splat(op_.scale);
  const V factor = V::splat(at_.drop->factor);
  for (int panel = begin_key_[row] / columns * columns; panel < end_key_[row]; panel += columns) {
    typename V::ints words[NV];
    random.template words<NV / 2>(token_[row], group_of_[row] + static_cast<uint32_t>((first_key_ + panel) / 4), words);
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) {
      float* at = p_ + row * keys + panel + j * n;
      float* ds = ds_ + row * keys + panel + j * n;
      const V mask = where_at_least(words[j], at_.drop->threshold, factor);
      const V p = exp(V::load(at) - lse);
      (p * mask).store(at);
      if (wants_ds_) (p * (mask * V::load(ds) - delta) * scale).store(ds);
    }
  }
}

template <class V, int MR, int NV>
void AttentionBackwardBlock<V, MR, NV>::add_gradients() {
  if (op_.dv.data) add_band<V, MR, NV, 1, keys>({p_, dy_, dv_, begin_query_, end_query_, nullptr, key_count_, width_});
  if (op_.dk.data) add_band<V, MR, NV, 1, keys>({ds_, q_, dk_, begin_query_, end_query_, nullptr, key_count_, width_});
  if (op_.dq.data) add_band<V, MR, NV, keys, 1>({ds_, k_, dq_, begin_key_, end_key_, nullptr, query_count_, width_});
}

template <class V, int MR, int NV>
void AttentionBackwardBlock<V, MR, NV>::run() {
  const int64_t last_query = at_.last_query * group_;
  for (int64_t first_key = at_.first_key; first_key < at_.last_key; first_key += keys) {
    begin_keys(first_key);
    for (int64_t first = at_.first_query * group_; first < last_query; first += queries) {
      query_count_ = static_cast<int>(last_query - first < queries ? last_query - first : queries);
      if (reach_.first_key(first / group_) >= first_key + key_count_) break;
      if (reach_.last_key((first + query_count_ - 1) / group_) <= first_key) continue;
      begin_queries(first);
      multiply(q_, turned_k_, op_.scale, p_);
      if (wants_ds_) multiply(dy_, turned_v_, 1.0f, ds_);
      if (at_.drop) {
        const PhiloxLanes<V> random(at_.drop->at);
        for (int row = 0; row < query_count_; ++row) differentiate(row, random);
      } else {
        for (int row = 0; row < query_count_; ++row) differentiate(row);
      }
      add_gradients();
    }
  }
}

template <class V, int MR, int NV>
void attention_backward(const AttentionBackward& op, const AttentionPair& at) {
  static_assert(sizeof(AttentionBackwardBlock<V, MR, NV>) <= 240 << 10, "scratch on the stack");
  AttentionBackwardBlock<V, MR, NV>(op, at).run();
}

template <class V, int MR, int NV>
constexpr AttentionLoops attention_loops() {
  return {AttentionBackwardBlock<V, MR, NV>::keys, &attention<V, MR, NV>, &attention_backward<V, MR, NV>};
}

}  // namespace xling::simd
