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

// Where all is -inf so far, every exponential must be zero, and -inf - -inf is no number.
template <class V>
V shift_of(float largest) {
  return V::splat(largest == -__builtin_inff() ? 0.0f : largest);
}

template <class V>
void cap_logits(const LogitTile& t) {
  if (t.cap == 0.0f) return;
  const V cap = V::splat(t.cap);
  for_chunks<V>(0, t.count, [&](int64_t i, int count) { put(cap * tanh(take<V>(t.z + i, count) / cap), t.z + i, count); });
}

template <class V>
float add_logits(const LogitTile& t, RunningSum& sum) {
  V most = V::splat(sum.largest);
  for_chunks<V>(0, t.count, [&](int64_t i, int count) {
    const V z = load_logits<V>(t.z + i, count);
    most = where_less(most, z, z, most);
  });
  const float largest = largest_of(most);
  const V shift = shift_of<V>(largest);
  V total = V::zero();
  for_chunks<V>(0, t.count, [&](int64_t i, int count) { total = total + exp(load_logits<V>(t.z + i, count) - shift); });
  const float kept = largest_of(exp(V::splat(sum.largest) - shift));  // all lanes are the same
  sum = {largest, sum.scaled * kept + total.sum()};
  return kept;
}

template <class V>
void weigh_logits(const LogitTile& t, const CrossEntropyLoops::Weights& weights) {
  const V shift = shift_of<V>(weights.largest), factor = V::splat(weights.factor);
  const V cap = V::splat(t.cap), one = V::splat(1.0f);
  for_chunks<V>(0, t.count, [&](int64_t i, int count) {
    const V z = take<V>(t.z + i, count), weight = exp(z - shift) * factor;
    if (t.cap == 0.0f) return put(weight, t.z + i, count);
    const V part = z / cap;
    // 1 - t² as a product: 1 - t is exact where t nears 1.
    put((one - part) * (one + part) * weight, t.z + i, count);
  });
}

template <class V>
constexpr CrossEntropyLoops cross_entropy_loops() {
  return {&cap_logits<V>, &add_logits<V>, &weigh_logits<V>};
}

}  // namespace xling::simd
