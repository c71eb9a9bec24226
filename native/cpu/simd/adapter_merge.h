// The inner loops of adapter_merge over lanes V, beside lora_linear's product. See kernels/adapter_merge.h for what they compute.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"

namespace xling::simd {

// y[i] = w[i] + scale * x[i], rounded to T
template <class V, class T>
void add_scaled(const T* w, const float* x, float scale, T* y, int64_t count) {
  const V by = V::splat(scale);
  for_chunks<V>(0, count, [&](int64_t i, int n) { put(fma(by, take<V>(x + i, n), take<V>(w + i, n)), y + i, n); });
}

template <class V, class T>
void add_scaled_bytes(const uint8_t* w, const float* x, float scale, uint8_t* y, int64_t count) {
  add_scaled<V>(reinterpret_cast<const T*>(w), x, scale, reinterpret_cast<T*>(y), count);
}

template <class V>
constexpr MergeLoops merge_loops() {
  return {&add_scaled<V, float>, &add_scaled_bytes<V, float>, &add_scaled_bytes<V, bfloat16>};
}

}  // namespace xling::simd
