// The inner loops of gated_activation over lanes V. See
// kernels/gated_activation.h for what they compute.
#pragma once

#include "cpu/simd/activation_functions.h"
#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"

namespace xling::simd {

template <class V>
void gated_activation(const GatedActivation& op, int64_t begin, int64_t end) {
  const float* gate = static_cast<const float*>(op.gate.data);
  const float* up = static_cast<const float*>(op.up.data);
  float* y = static_cast<float*>(op.y.data);
  with_activation(op.activation, [&](auto act) {
    for_chunks<V>(begin, end, [&](int64_t i, int count) {
      put(act.value(take<V>(gate + i, count)) * take<V>(up + i, count), y + i, count);
    });
  });
}

template <class V>
void gated_activation_backward(const GatedActivationBackward& op, int64_t begin, int64_t end) {
  const float* gate = static_cast<const float*>(op.gate.data);
  const float* up = static_cast<const float*>(op.up.data);
  const float* dy = static_cast<const float*>(op.dy.data);
  float* dgate = static_cast<float*>(op.dgate.data);
  float* dup = static_cast<float*>(op.dup.data);
  with_activation(op.activation, [&](auto act) {
    for_chunks<V>(begin, end, [&](int64_t i, int count) {
      // All three before either is written: an output may be one of them.
      const V u = take<V>(up + i, count), grad = take<V>(dy + i, count);
      const auto [value, slope] = act.both(take<V>(gate + i, count));
      if (dgate) put(grad * u * slope, op.grad_write, dgate + i, count);
      if (dup) put(grad * value, op.grad_write, dup + i, count);
    });
  });
}

template <class V>
constexpr GatedActivationLoops gated_activation_loops() {
  return {&gated_activation<V>, &gated_activation_backward<V>};
}

}  // namespace xling::simd
