// The inner loops of pool over lanes V. See kernels/pool.h for what they
// compute.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"

namespace xling::simd {

// One row of tokens, side by side.
struct PooledRow {
  int64_t tokens;
  int64_t width;
  Pooling pooling;
  float factor;  // of what is pooled

  template <class Op>
  PooledRow(const Op& op, int64_t row, int64_t features)
      : tokens(ends(op)[row + 1] - ends(op)[row]),
        width(features),
        pooling(op.pooling),
        factor(pooling == Pooling::mean ? op.scale / static_cast<float>(tokens) : op.scale) {}

  template <class Op>
  static const int32_t* ends(const Op& op) {
    return static_cast<const int32_t*>(op.offsets.data);
  }
};

// The larger; NaN where either is.
template <class V>
V larger(V most, V x) {
  const V infinity = V::splat(__builtin_inff());
  const V known = where_less(most, x, x, most);
  return where_less(x, infinity, known, where_less(V::zero(), x, known, x));
}

// Of `count` features from x on, without the factor; the row has a token.
template <class V>
V pooled(const PooledRow& row, const float* x, int count) {
  V out = take<V>(x, count);
  if (row.pooling == Pooling::first) return out;
  for (int64_t t = 1; t < row.tokens; ++t) {
    const V next = take<V>(x + t * row.width, count);
    out = row.pooling == Pooling::mean ? out + next : larger(out, next);
  }
  return out;
}

template <class V>
void pool(const Pool& op, int64_t row_begin, int64_t row_end) {
  const int64_t width = op.x.shape.dims[1];
  for (int64_t b = row_begin; b < row_end; ++b) {
    const PooledRow row(op, b, width);
    const float* x = static_cast<const float*>(op.x.data) + PooledRow::ends(op)[b] * width;
    float* y = static_cast<float*>(op.y.data) + b * width;
    for_chunks<V>(0, width, [&](int64_t i, int count) {
      put(row.tokens ? V::splat(row.factor) * pooled<V>(row, x + i, count) : V::zero(), op.y_write, y + i, count);
    });
  }
}

template <class V>
void pool_backward(const PoolBackward& op, int64_t row_begin, int64_t row_end) {
  const int64_t width = op.dx.shape.dims[1];
  for (int64_t b = row_begin; b < row_end; ++b) {
    const PooledRow row(op, b, width);
    if (row.tokens == 0) continue;
    const int64_t begin = PooledRow::ends(op)[b] * width;
    const float* x = static_cast<const float*>(op.x.data) + begin;
    const float* dy = static_cast<const float*>(op.dy.data) + b * width;
    float* dx = static_cast<float*>(op.dx.data) + begin;
    for_chunks<V>(0, width, [&](int64_t i, int count) {
      V left = V::splat(row.factor) * take<V>(dy + i, count);
      if (row.pooling != Pooling::max) {
        const int64_t reached = row.pooling == Pooling::first ? 1 : row.tokens;
        for (int64_t t = 0; t < reached; ++t) put(left, Write::accumulate, dx + t * width + i, count);
        return;
      }
      // Who is not below the largest gets all that is left, the first one everything.
      const V most = pooled<V>(row, x + i, count);
      for (int64_t t = 0; t < row.tokens; ++t) {
        const V next = take<V>(x + t * width + i, count);
        put(where_less(next, most, V::zero(), left), Write::accumulate, dx + t * width + i, count);
        left = where_less(next, most, left, V::zero());
      }
    });
  }
}

template <class V>
constexpr PoolLoops pool_loops() {
  return {&pool<V>, &pool_backward<V>};
}

}  // namespace xling::simd
