// The inner loop of adapter_merge over lanes V, beside lora_linear's product. See kernels/adapter_merge.h for what it computes.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

// w[i] += scale * x[i]
template <class V>
void add_scaled(float* w, const float* x, float scale, int64_t count) {
  const V by = V::splat(scale);
  for_chunks<V>(0, count, [&](int64_t i, int n) { put(fma(by, take<V>(x + i, n), take<V>(w + i, n)), w + i, n); });
}

}  // namespace xling::simd
