// The inner loops of adapter_merge over lanes V, beside lora_linear's product. See kernels/adapter_merge.h for what they compute.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"

namespace xling::simd {

// y[i] = w[i] + scale * x[i], rounded to T
template <class V, class T>
void add_scaled(const void* w, const float* x, float scale, void* y, int64_t count) {
  const auto* from = static_cast<const T*>(w);
  auto* to = static_cast<T*>(y);
  const V by = V::splat(scale);
  for_chunks<V>(0, count, [&](int64_t i, int n) { put(fma(by, take<V>(x + i, n), take<V>(from + i, n)), to + i, n); });
}

template <class V>
constexpr MergeLoops merge_loops() {
  return {&add_scaled<V, float>, &add_scaled<V, bfloat16>};
}

}  // namespace xling::simd
