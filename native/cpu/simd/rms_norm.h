// The inner loops of rms_norm over lanes V and element type T. See
// kernels/rms_norm.h for what they compute.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"
#include "cpu/simd/sum_over.h"

namespace xling::simd {

template <class V, class T>
void rms_norm(const RmsNorm& op, int64_t row_begin, int64_t row_end) {
  const int64_t width = op.x.shape.dims[1];
  const float* weight = static_cast<const float*>(op.weight.data);
  float* rstds = static_cast<float*>(op.rstd.data);
  const V offset = V::splat(op.weight_offset);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const T* x = static_cast<const T*>(op.x.data) + row * width;
    T* y = static_cast<T*>(op.y.data) + row * width;
    const T* residual = op.residual.data ? static_cast<const T*>(op.residual.data) + row * width : nullptr;
    const float squares = sum_over<V>(width, [&](V acc, int64_t i, int count) {
      const V v = take<V>(x + i, count);
      return fma(v, v, acc);
    });
    const float rstd = 1.0f / __builtin_sqrtf(squares / static_cast<float>(width) + op.eps);
    if (rstds) rstds[row] = rstd;
    const V scale = V::splat(rstd);
    for_chunks<V>(0, width, [&](int64_t i, int count) {
      const V normed = take<V>(x + i, count) * scale * (take<V>(weight + i, count) + offset);
      put(residual ? take<V>(residual + i, count) + normed : normed, y + i, count);
    });
  }
}

template <class V, class T>
void rms_norm_dx(const RmsNormBackward& op, int64_t row_begin, int64_t row_end) {
  const int64_t width = op.x.shape.dims[1];
  const float* weight = static_cast<const float*>(op.weight.data);
  const float* rstds = static_cast<const float*>(op.rstd.data);
  const V offset = V::splat(op.weight_offset);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const T* x = static_cast<const T*>(op.x.data) + row * width;
    const T* dy = static_cast<const T*>(op.dy.data) + row * width;
    T* dx = static_cast<T*>(op.dx.data) + row * width;
    const V rstd = V::splat(rstds[row]);
    const auto g = [&](int64_t i, int count) { return take<V>(dy + i, count) * (take<V>(weight + i, count) + offset); };
    const auto n = [&](int64_t i, int count) { return take<V>(x + i, count) * rstd; };
    const float dot = sum_over<V>(width, [&](V acc, int64_t i, int count) { return fma(g(i, count), n(i, count), acc); });
    const V mean = V::splat(dot / static_cast<float>(width));
    for_chunks<V>(0, width, [&](int64_t i, int count) {
      const V grad = rstd * (g(i, count) - n(i, count) * mean);
      put(grad, op.dx_write, dx + i, count);
    });
  }
}

// Columns, not rows, are shared out: each sum over rows is one chain in row
// order, whatever the number of threads.
template <class V, class T>
void rms_norm_dweight(const RmsNormBackward& op, int64_t column_begin, int64_t column_end) {
  const int64_t rows = op.x.shape.dims[0], width = op.x.shape.dims[1];
  const T* xs = static_cast<const T*>(op.x.data);
  const T* dys = static_cast<const T*>(op.dy.data);
  const float* rstds = static_cast<const float*>(op.rstd.data);
  float* dweight = static_cast<float*>(op.dweight.data);
  for_chunks<V>(column_begin, column_end, [&](int64_t i, int count) {
    V acc = take<V>(dweight + i, count);
    for (int64_t row = 0; row < rows; ++row) {
      const V n = take<V>(xs + row * width + i, count) * V::splat(rstds[row]);
      acc = fma(take<V>(dys + row * width + i, count), n, acc);
    }
    put(acc, dweight + i, count);
  });
}

template <class V, class T>
constexpr RmsNormLoops rms_norm_loops() {
  return {&rms_norm<V, T>, &rms_norm_dx<V, T>, &rms_norm_dweight<V, T>};
}

}  // namespace xling::simd
