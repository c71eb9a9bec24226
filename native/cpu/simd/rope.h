// The inner loop of rope over lanes V. See kernels/rope.h for what it computes.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"

namespace xling::simd {

template <class V>
void rope(const Rope& op, int64_t token_begin, int64_t token_end) {
  const int64_t heads = op.x.shape.dims[1], half = op.x.shape.dims[2] / 2;
  const V turn = V::splat(op.direction == RopeDirection::inverse ? -1.0f : 1.0f);
  for (int64_t token = token_begin; token < token_end; ++token) {
    const float* cos = static_cast<const float*>(op.cos.data) + token * half;
    const float* sin = static_cast<const float*>(op.sin.data) + token * half;
    for (int64_t head = token * heads; head < (token + 1) * heads; ++head) {
      const float* x = static_cast<const float*>(op.x.data) + head * 2 * half;
      float* y = static_cast<float*>(op.y.data) + head * 2 * half;
      for_chunks<V>(0, half, [&](int64_t i, int count) {
        const V c = take<V>(cos + i, count), s = take<V>(sin + i, count) * turn;
        const V a = take<V>(x + i, count), b = take<V>(x + half + i, count);
        put(a * c - b * s, op.y_write, y + i, count);
        put(b * c + a * s, op.y_write, y + half + i, count);
      });
    }
  }
}

}  // namespace xling::simd
