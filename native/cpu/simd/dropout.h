// The inner loop of dropout over lanes V. See kernels/dropout.h for what it
// computes.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/dropout_loops.h"
#include "cpu/simd/philox_lanes.h"

namespace xling::simd {

template <Write write, class V>
void drop_tokens(const DropoutTokens& op) {
  constexpr int blocks = 4;  // at once, while there are that many
  constexpr int64_t features = 4 * PhiloxLanes<V>::block;
  const PhiloxLanes<V> random(op.at);
  const V factor = V::splat(op.factor);
  const uint32_t threshold = op.threshold;
  const int64_t width = op.width;
  for (int64_t token = 0; token < op.tokens; ++token) {
    const float* x = op.x + token * width;
    const float* residual = op.residual ? op.residual + token * width : nullptr;
    float* y = op.y + token * width;
    const auto drop = [&](typename V::ints words, int64_t at, int count) {
      const V kept = take<V>(x + at, count) * where_at_least(words, threshold, factor);
      put(residual ? take<V>(residual + at, count) + kept : kept, write, y + at, count);
    };
    const uint32_t place = op.at.token + static_cast<uint32_t>(token);
    int64_t d = 0;
    for (; d + blocks * features <= width; d += blocks * features) {
      typename V::ints words[2 * blocks];
      random.template words<blocks>(place, static_cast<uint32_t>(d / 4), words);
#pragma GCC unroll 8
      for (int i = 0; i < 2 * blocks; ++i) drop(words[i], d + i * V::lanes, V::lanes);
    }
    for (; d < width; d += features) {
      typename V::ints words[2];
      random.template words<1>(place, static_cast<uint32_t>(d / 4), words);
      for (int i = 0; i < 2; ++i)
        for_chunks<V>(d + i * V::lanes, d + (i + 1) * V::lanes < width ? d + (i + 1) * V::lanes : width,
                      [&](int64_t at, int count) { drop(words[i], at, count); });
    }
  }
}

template <class V>
void dropout(const DropoutTokens& op) {
  if (op.write == Write::accumulate)
    drop_tokens<Write::accumulate, V>(op);
  else
    drop_tokens<Write::assign, V>(op);
}

}  // namespace xling::simd
