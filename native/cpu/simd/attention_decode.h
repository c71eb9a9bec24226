// The inner loops of attention over a cache, for lanes V. See
// kernels/attention_decode.h for what they compute, to the last bit.
//
// Lanes are keys while scores are made and features while values are summed,
// so that a single query fills them; in between, where a query's numbers run
// together, lanes are queries.
#pragma once

#include "cpu/simd/attention_decode_tile.h"
#include "cpu/simd/exp.h"
#include "cpu/simd/kv_store.h"

namespace xling::simd {

// Up to `queries` queries of one row and what they have gathered so far. Their
// register tiles are MR x NV vectors; a rest of one to three queries takes two
// panels at a time, so that enough sums are under way.
template <class V, int MR, int NV>
class DecodeBlock {
 public:
  DecodeBlock(const AttentionDecode& op, const DecodeQueries& at);
  void run();

 private:
  static constexpr int n = V::lanes, columns = NV * n, queries = attention_queries, tile = attention_tile;
  static_assert(queries % n == 0 && tile % columns == 0 && MR >= 4);

  template <int Count>
  struct Rows {
    static constexpr int count = Count;
  };
  // f(Rows, first row) for tiles of MR and of 4, and for the rest after them.
  template <class F>
  void for_tiles(const F& f) const;
  template <class F>
  void for_rest(const F& f) const;

  void begin_tile(int64_t first_position);
  void score(const float* keys);
  void soften(int first);
  void add_values(const float* values);
  void finish();

  template <int Count, int Panels>
  void score_panels(const float* keys, int row, int panel);
  template <int Count, int Panels, int Vectors>
  void add_columns(const float* values, int row, int64_t column);
  template <int Count>
  void add_last_columns(const float* values, int row);

  const AttentionDecode& op_;
  const DecodeQueries& at_;
  const KvHead<V, columns> cache_;
  const int64_t width_;
  const int64_t whole_width_;  // features in panels that are full

  alignas(64) float p_[tile * queries];  // scores, then p: [query, key]
  alignas(64) float largest_[queries];
  alignas(64) float sum_[queries];
  alignas(64) float keep_[queries];
  // The keys of the tile that a query attends.
  int begin_[queries], end_[queries];
  int64_t position_[queries];
  const float* q_[queries];
  float* y_[queries];
};

template <class V, int MR, int NV>
DecodeBlock<V, MR, NV>::DecodeBlock(const AttentionDecode& op, const DecodeQueries& at)
    : op_(op), at_(at), cache_(op, at.slot, at.key_head), width_(cache_.width), whole_width_(width_ / columns * columns) {
  const int64_t heads = op.q.shape.dims[1], group = heads / op.k.shape.dims[1];
  int64_t token = at.first / group, head = at.first % group;
  for (int i = 0; i < at.count; ++i) {
    const int64_t offset = ((at.row + token) * heads + at.key_head * group + head) * width_;
    q_[i] = static_cast<const float*>(op.q.data) + offset;
    y_[i] = static_cast<float*>(op.y.data) + offset;
    position_[i] = at.start + token;
    for (int64_t d = 0; d < width_; ++d) y_[i][d] = 0.0f;
    if (++head == group) {
      head = 0;
      ++token;
    }
  }
  // Lanes beyond the last query are softened with it and never used.
  for (int i = 0; i < queries; ++i) {
    largest_[i] = -__FLT_MAX__;
    sum_[i] = 0.0f;
  }
}

template <class V, int MR, int NV>
template <class F>
void DecodeBlock<V, MR, NV>::for_tiles(const F& f) const {
  int row = 0;
  for (; row + MR <= at_.count; row += MR) f(Rows<MR>{}, row);
  for (; row + 4 <= at_.count; row += 4) f(Rows<4>{}, row);
}

template <class V, int MR, int NV>
template <class F>
void DecodeBlock<V, MR, NV>::for_rest(const F& f) const {
  const int rest = at_.count % MR % 4, row = at_.count - rest;
  if (rest == 1) f(Rows<1>{}, row);
  if (rest == 2) f(Rows<2>{}, row);
  if (rest == 3) f(Rows<3>{}, row);
}

template <class V, int MR, int NV>
void DecodeBlock<V, MR, NV>::begin_tile(int64_t first_position) {
  const auto within = [&](int64_t position) {
    const int64_t place = position - first_position;
    return static_cast<int>(place < 0 ? 0 : place > tile ? tile : place);
  };
  for (int i = 0; i < at_.count; ++i) {
    begin_[i] = op_.before < 0 ? 0 : within(position_[i] - op_.before);
    end_[i] = within(position_[i] + 1);
  }
}

template <class V, int MR, int NV>
template <int Count, int Panels>
void DecodeBlock<V, MR, NV>::score_panels(const float* keys, int row, int panel) {
  score_tile<V, Count, Panels, NV>(
      {q_ + row, keys + panel * columns * width_, width_, op_.scale, p_ + row * tile + panel * columns});
}

// Scores of the tile's keys, in panels that any of a register tile's queries attends.
template <class V, int MR, int NV>
void DecodeBlock<V, MR, NV>::score(const float* keys) {
  const auto first = [&](int row) { return begin_[row] / columns; };
  const auto last = [&](int row) { return (end_[row] + columns - 1) / columns; };
  for (int panel = first(0); panel < last(at_.count - 1); ++panel)
    for_tiles([&](auto rows, int row) {
      if (first(row) <= panel && panel < last(row + rows.count - 1)) score_panels<rows.count, 1>(keys, row, panel);
    });
  for_rest([&](auto rows, int row) {
    int panel = first(row);
    const int end = last(row + rows.count - 1);
    for (; panel + 2 <= end; panel += 2) score_panels<rows.count, 2>(keys, row, panel);
    if (panel < end) score_panels<rows.count, 1>(keys, row, panel);
  });
}

// Scores of n queries from the first on become p, zero where a query does not
// attend; the running maximum and sum take them in.
template <class V, int MR, int NV>
void DecodeBlock<V, MR, NV>::soften(int first) {
  static constexpr float places[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  static_assert(n <= 16);
  const int live = at_.count - first < n ? at_.count - first : n;
  // Keys that any of them attends, in whole vectors.
  const int begin = begin_[first] / n * n, end = end_[first + live - 1];
  const V hidden = V::splat(-__builtin_inff());
  V square[n];
  float* row[n];
  for (int i = 0; i < n; ++i) {
    square[i] = hidden;
    row[i] = p_ + (first + (i < live ? i : live - 1)) * tile;
  }
  for (int i = 0; i < live; ++i) {
    const int from = begin_[first + i], to = end_[first + i];
    V most = hidden;
    for (int key = begin; key < end; key += n) {
      if (from <= key && key + n <= to) {
        most = max(most, V::load(row[i] + key));
        continue;
      }
      V score = hidden;
      if (from < key + n && key < to) {
        const V place = V::load(places) + V::splat(static_cast<float>(key));
        score = where_less(place, V::splat(static_cast<float>(from)), hidden, V::load(row[i] + key));
        score = where_less(place, V::splat(static_cast<float>(to)), score, hidden);
      }
      score.store(row[i] + key);
      most = max(most, score);
    }
    square[i] = most;
  }
  V::transpose(square);
  const V before = V::load(largest_ + first);
  V largest = before;
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) largest = max(largest, square[i]);
  largest.store(largest_ + first);
  const V keep = exp(before - largest);
  keep.store(keep_ + first);

  for (int i = 0; i < live; ++i) {
    const V shift = V::splat(largest_[first + i]);
    for (int key = begin; key < end; key += n) exp(V::load(row[i] + key) - shift).store(row[i] + key);
  }
  V sum = V::zero();
  for (int key = begin; key < end; key += n) {
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) square[i] = V::load(row[i] + key);
    V::transpose(square);
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) sum = sum + square[i];
  }
  fma(V::load(sum_ + first), keep, sum).store(sum_ + first);
}

// Vectors of the features from `column` on, all in full panels.
template <class V, int MR, int NV>
template <int Count, int Panels, int Vectors>
void DecodeBlock<V, MR, NV>::add_columns(const float* values, int row, int64_t column) {
  value_tile<V, Count, Panels, Vectors>({p_ + row * tile, values + cache_.values_at(column), columns, y_ + row, column, n,
                                         begin_ + row, end_ + row, keep_ + row});
}

// The features of the narrow panel, if there is one, a vector at a time.
template <class V, int MR, int NV>
template <int Count>
void DecodeBlock<V, MR, NV>::add_last_columns(const float* values, int row) {
  const int64_t pitch = width_ - whole_width_;
  for (int64_t column = 0; column < pitch; column += n) {
    const int count = static_cast<int>(pitch - column < n ? pitch - column : n);
    value_tile<V, Count, 1, 1>({p_ + row * tile, values + cache_.values_at(whole_width_) + column, pitch, y_ + row,
                                whole_width_ + column, count, begin_ + row, end_ + row, keep_ + row});
  }
}

template <class V, int MR, int NV>
void DecodeBlock<V, MR, NV>::add_values(const float* values) {
  for (int64_t column = 0; column < whole_width_; column += columns)
    for_tiles([&](auto rows, int row) { add_columns<rows.count, 1, NV>(values, row, column); });
  for_tiles([&](auto rows, int row) { add_last_columns<rows.count>(values, row); });
  for_rest([&](auto rows, int row) {
    int64_t column = 0;
    for (; column + 2 * columns <= whole_width_; column += 2 * columns) add_columns<rows.count, 2, NV>(values, row, column);
    if (column < whole_width_) add_columns<rows.count, 1, NV>(values, row, column);
    add_last_columns<rows.count>(values, row);
  });
}

template <class V, int MR, int NV>
void DecodeBlock<V, MR, NV>::finish() {
  for (int i = 0; i < at_.count; ++i) {
    const float inverse = 1.0f / sum_[i];
    for (int64_t d = 0; d < width_; ++d) y_[i][d] *= inverse;
  }
}

template <class V, int MR, int NV>
void DecodeBlock<V, MR, NV>::run() {
  const int64_t oldest = op_.before < 0 || position_[0] < op_.before ? 0 : position_[0] - op_.before;
  for (int64_t first = oldest / tile * tile; first <= position_[at_.count - 1]; first += tile) {
    begin_tile(first);
    const int64_t at = cache_.tile_at(first);
    score(cache_.keys + at);
    for (int i = 0; i < at_.count; i += n) soften(i);
    add_values(cache_.values + at);
  }
  finish();
}

template <class V, int MR, int NV>
void attention_decode(const AttentionDecode& op, const DecodeQueries& at) {
  static_assert(sizeof(DecodeBlock<V, MR, NV>) <= 48 << 10, "scratch on the stack");
  DecodeBlock<V, MR, NV>(op, at).run();
}

template <class V, int MR, int NV>
constexpr AttentionDecodeLoops attention_decode_loops() {
  return {&kv_store<V, NV * V::lanes>, &attention_decode<V, MR, NV>};
}

}  // namespace xling::simd
