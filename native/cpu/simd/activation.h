// The inner loops of activation over lanes V. See kernels/activation.h for what
// they compute.
#pragma once

#include "cpu/simd/activation_functions.h"
#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"

namespace xling::simd {

template <class V>
void activation(const Activate& op, int64_t begin, int64_t end) {
  const float* x = static_cast<const float*>(op.x.data);
  float* y = static_cast<float*>(op.y.data);
  with_activation(op.activation, [&](auto act) {
    for_chunks<V>(begin, end, [&](int64_t i, int count) { put(act.value(take<V>(x + i, count)), y + i, count); });
  });
}

template <class V>
void activation_backward(const ActivateBackward& op, int64_t begin, int64_t end) {
  const float* x = static_cast<const float*>(op.x.data);
  const float* dy = static_cast<const float*>(op.dy.data);
  float* dx = static_cast<float*>(op.dx.data);
  with_activation(op.activation, [&](auto act) {
    for_chunks<V>(begin, end, [&](int64_t i, int count) {
      put(take<V>(dy + i, count) * act.both(take<V>(x + i, count)).slope, op.dx_write, dx + i, count);
    });
  });
}

template <class V>
constexpr ActivationLoops activation_loops() {
  return {&activation<V>, &activation_backward<V>};
}

}  // namespace xling::simd
