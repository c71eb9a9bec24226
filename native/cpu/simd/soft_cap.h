// The inner loops of soft_cap over lanes V. See kernels/soft_cap.h for what
// they compute.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/exp.h"
#include "cpu/simd/loops.h"

namespace xling::simd {

template <class V>
void soft_cap(const SoftCap& op, int64_t begin, int64_t end) {
  const float* x = static_cast<const float*>(op.x.data);
  float* y = static_cast<float*>(op.y.data);
  const V cap = V::splat(op.cap);
  for_chunks<V>(begin, end, [&](int64_t i, int count) { put(cap * tanh(take<V>(x + i, count) / cap), y + i, count); });
}

template <class V>
void soft_cap_backward(const SoftCapBackward& op, int64_t begin, int64_t end) {
  const float* y = static_cast<const float*>(op.y.data);
  const float* dy = static_cast<const float*>(op.dy.data);
  float* dx = static_cast<float*>(op.dx.data);
  const V cap = V::splat(op.cap), one = V::splat(1.0f);
  for_chunks<V>(begin, end, [&](int64_t i, int count) {
    const V t = take<V>(y + i, count) / cap;
    // 1 - t² as a product: 1 - t is exact where t nears 1.
    put((one - t) * (one + t) * take<V>(dy + i, count), op.dx_write, dx + i, count);
  });
}

template <class V>
constexpr SoftCapLoops soft_cap_loops() {
  return {&soft_cap<V>, &soft_cap_backward<V>};
}

}  // namespace xling::simd
