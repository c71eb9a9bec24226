// The inner loops of linear_cross_entropy over lanes V.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/cross_entropy_loops.h"
#include "cpu/simd/exp.h"

namespace xling::simd {

// As V::load, but lanes beyond count are -inf, whose exponential is nothing.
template <class V>
V load_logits(const float* z, int count) {
  if (count == V::lanes) return V::load(z);
  float padded[V::lanes];
  for (int i = 0; i < V::lanes; ++i) padded[i] = i < count ? z[i] : -__builtin_inff();
  return V::load(padded);
}

template <class V>
float largest_of(V values) {
  float lane[V::lanes], most = -__builtin_inff();
  values.store(lane);
  for (int i = 0; i < V::lanes; ++i) most = lane[i] > most ? lane[i] : most;
  return most;
}

template <class V>
void add_logit_tile(const LogitTile& t, RunningSum& sum) {
  if (t.cap != 0.0f) {
    const V cap = V::splat(t.cap);
    for_chunks<V>(0, t.count, [&](int64_t i, int count) { put(cap * tanh(take<V>(t.z + i, count) / cap), t.z + i, count); });
  }
  V most = V::splat(sum.largest);
  for_chunks<V>(0, t.count, [&](int64_t i, int count) {
    const V z = load_logits<V>(t.z + i, count);
    most = where_less(most, z, z, most);
  });
  const float largest = largest_of(most);
  if (largest == -__builtin_inff()) return;  // nothing but zeros so far; inf - inf is no number
  const V shift = V::splat(largest);
  V total = V::zero();
  for_chunks<V>(0, t.count, [&](int64_t i, int count) { total = total + exp(load_logits<V>(t.z + i, count) - shift); });
  const float kept = largest_of(exp(V::splat(sum.largest) - shift));  // all lanes are the same
  sum = {largest, sum.scaled * kept + total.sum()};
}

template <class V>
constexpr CrossEntropyLoops cross_entropy_loops() {
  return {&add_logit_tile<V>};
}

}  // namespace xling::simd
