// The inner loops of layer_norm over lanes V. See kernels/layer_norm.h for what
// they compute.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/loops.h"
#include "cpu/simd/sum_over.h"

namespace xling::simd {

// One number for every element of a row; past its end 0, as what is taken of the row itself.
template <class V>
class Everywhere {
 public:
  explicit Everywhere(float value) { V::splat(value).store(lanes_); }
  V take(int count) const { return simd::take<V>(lanes_, count); }

 private:
  float lanes_[V::lanes];
};

template <class V>
void layer_norm(const LayerNorm& op, int64_t row_begin, int64_t row_end) {
  const int64_t width = op.x.shape.dims[1];
  const auto elements = static_cast<float>(width);
  const float* weight = static_cast<const float*>(op.weight.data);
  const float* bias = static_cast<const float*>(op.bias.data);
  float* means = static_cast<float*>(op.mean.data);
  float* rstds = static_cast<float*>(op.rstd.data);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* x = static_cast<const float*>(op.x.data) + row * width;
    float* y = static_cast<float*>(op.y.data) + row * width;
    const float sum = sum_over<V>(width, [&](V acc, int64_t i, int count) { return acc + take<V>(x + i, count); });
    const float mean = sum / elements;
    const Everywhere<V> middle(mean);
    const float squares = sum_over<V>(width, [&](V acc, int64_t i, int count) {
      const V away = take<V>(x + i, count) - middle.take(count);
      return fma(away, away, acc);
    });
    const float rstd = 1.0f / __builtin_sqrtf(squares / elements + op.eps);
    if (means) means[row] = mean;
    if (rstds) rstds[row] = rstd;
    const V origin = V::splat(mean), scale = V::splat(rstd);
    for_chunks<V>(0, width, [&](int64_t i, int count) {
      const V normed = (take<V>(x + i, count) - origin) * scale * take<V>(weight + i, count);
      put(bias ? normed + take<V>(bias + i, count) : normed, y + i, count);
    });
  }
}

template <class V>
void layer_norm_dx(const LayerNormBackward& op, int64_t row_begin, int64_t row_end) {
  const int64_t width = op.x.shape.dims[1];
  const auto elements = static_cast<float>(width);
  const float* weight = static_cast<const float*>(op.weight.data);
  const float* means = static_cast<const float*>(op.mean.data);
  const float* rstds = static_cast<const float*>(op.rstd.data);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* x = static_cast<const float*>(op.x.data) + row * width;
    const float* dy = static_cast<const float*>(op.dy.data) + row * width;
    float* dx = static_cast<float*>(op.dx.data) + row * width;
    const V mean = V::splat(means[row]), rstd = V::splat(rstds[row]);
    // g is 0 past the row's end.
    const auto g = [&](int64_t i, int count) { return take<V>(dy + i, count) * take<V>(weight + i, count); };
    const auto n = [&](int64_t i, int count) { return (take<V>(x + i, count) - mean) * rstd; };
    const auto [sum, dot] = two_sums_over<V>(width, [&](V& of_g, V& of_gn, int64_t i, int count) {
      const V here = g(i, count);
      of_g = of_g + here;
      of_gn = fma(here, n(i, count), of_gn);
    });
    const V mean_g = V::splat(sum / elements), mean_gn = V::splat(dot / elements);
    for_chunks<V>(0, width, [&](int64_t i, int count) {
      const V grad = rstd * (g(i, count) - mean_g - n(i, count) * mean_gn);
      put(grad, op.dx_write, dx + i, count);
    });
  }
}

// Vectors of columns whose sums are taken in one walk over the rows.
constexpr int layer_norm_columns = 4;

// Adds to the parameters of some neighbouring columns, of which the last vector has `count`.
template <class V, int Vectors>
void add_layer_norm_parameters(const LayerNormBackward& op, int64_t column, int count) {
  const int64_t rows = op.x.shape.dims[0], width = op.x.shape.dims[1];
  const float* x = static_cast<const float*>(op.x.data) + column;
  const float* dy = static_cast<const float*>(op.dy.data) + column;
  const float* means = static_cast<const float*>(op.mean.data);
  const float* rstds = static_cast<const float*>(op.rstd.data);
  float* dweight = op.dweight.data ? static_cast<float*>(op.dweight.data) + column : nullptr;
  float* dbias = op.dbias.data ? static_cast<float*>(op.dbias.data) + column : nullptr;
  const auto size = [&](int vector) { return vector == Vectors - 1 ? count : V::lanes; };
  V weights[Vectors], biases[Vectors];
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    weights[v] = dweight ? take<V>(dweight + v * V::lanes, size(v)) : V::zero();
    biases[v] = dbias ? take<V>(dbias + v * V::lanes, size(v)) : V::zero();
  }
  for (int64_t row = 0; row < rows; ++row, x += width, dy += width) {
    const V mean = V::splat(means[row]), rstd = V::splat(rstds[row]);
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      const V grad = take<V>(dy + v * V::lanes, size(v));
      weights[v] = fma(grad, (take<V>(x + v * V::lanes, size(v)) - mean) * rstd, weights[v]);
      biases[v] = biases[v] + grad;
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    if (dweight) put(weights[v], dweight + v * V::lanes, size(v));
    if (dbias) put(biases[v], dbias + v * V::lanes, size(v));
  }
}

// Columns, not rows, are shared out: each sum over rows is one chain in row
// order, whatever the number of threads.
template <class V>
void layer_norm_parameters(const LayerNormBackward& op, int64_t column_begin, int64_t column_end) {
  constexpr int64_t together = layer_norm_columns * V::lanes;
  int64_t column = column_begin;
  for (; column + together <= column_end; column += together) add_layer_norm_parameters<V, layer_norm_columns>(op, column, V::lanes);
  for_chunks<V>(column, column_end, [&](int64_t i, int count) { add_layer_norm_parameters<V, 1>(op, i, count); });
}

template <class V>
constexpr LayerNormLoops layer_norm_loops() {
  return {&layer_norm<V>, &layer_norm_dx<V>, &layer_norm_parameters<V>};
}

}  // namespace xling::simd
