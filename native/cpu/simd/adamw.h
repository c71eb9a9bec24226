// The inner loop of adamw over lanes V. See kernels/adamw.h for what it
// computes.
#pragma once

#include "cpu/simd/chunks.h"
#include "kernels/adamw.h"

namespace xling::simd {

template <class V>
void adamw(const AdamW& op, int64_t begin, int64_t end) {
  const AdamWNumbers& numbers = op.numbers;
  const auto floats = [](const Tensor& tensor) { return static_cast<float*>(tensor.data); };
  float* w = floats(op.w);
  float* m = floats(op.m);
  float* v = floats(op.v);
  const float* grad = floats(op.grad);
  const V scale = V::splat(op.scale), decay = V::splat(numbers.decay), eps = V::splat(numbers.eps);
  const V beta1 = V::splat(numbers.beta1), rest1 = V::splat(numbers.rest1);
  const V beta2 = V::splat(numbers.beta2), rest2 = V::splat(numbers.rest2);
  const V step_size = V::splat(numbers.step_size), root_correction = V::splat(numbers.root_correction);
  // Not for_chunks: gcc would call it, and read every number again for each vector.
  const auto update = [&](int64_t i, int count) __attribute__((always_inline)) {
    const V g = scale * take<V>(grad + i, count);
    const V mean = beta1 * take<V>(m + i, count) + rest1 * g;
    const V square = beta2 * take<V>(v + i, count) + rest2 * (g * g);
    const V direction = mean / (sqrt(square) / root_correction + eps);
    put(mean, m + i, count);
    put(square, v + i, count);
    put(decay * take<V>(w + i, count) - step_size * direction, w + i, count);
  };
  int64_t i = begin;
  for (; i + V::lanes <= end; i += V::lanes) update(i, V::lanes);
  if (i < end) update(i, static_cast<int>(end - i));
}

}  // namespace xling::simd
