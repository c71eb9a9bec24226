// A few rows times a frozen weight, read once: lanes over outputs, several
// panels at once so that their chains of multiply-adds hide each other's latency.
#pragma once

#include "cpu/simd/panel_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

// Outputs of `Side` neighbouring panels, from p.panels on. The second may be
// one that is not there: the first then stands in for it, and nothing is stored.
template <class V, int P, template <class, int> class Decoder, int Rows, int Side>
void multiply_side(const PanelMultiply& p) {
  using D = Decoder<V, P>;
  constexpr int n = V::lanes, vectors = P / n, chains = Side * vectors, groups = D::block_elements / D::group_elements;
  const int64_t blocks = p.panels.cols / D::block_elements;
  const int64_t panel_bytes = p.outputs > P ? blocks * D::block_bytes : 0;
  V acc[Rows][chains];
#pragma GCC unroll 8
  for (int t = 0; t < Rows; ++t) {
    const float* start = p.start ? p.start + t * p.start_row : nullptr;
#pragma GCC unroll 8
    for (int c = 0; c < chains; ++c) {
      const int64_t left = p.outputs - c * n;
      acc[t][c] = !start || left <= 0 ? V::zero()
                  : left >= n         ? V::load(start + c * n)
                                      : V::load(start + c * n, static_cast<int>(left));
    }
  }
  Panels second = p.panels;
  if (panel_bytes) second.first_row += P;
  D decoders[2] = {D(p.panels), D(second)};  // some refer to where their panel stands
  const float* x = p.x;
  const uint8_t* at = p.panels.first;
  for (int64_t block = 0; block < blocks; ++block, at += D::block_bytes) {
    for (int s = 0; s < Side; ++s) decoders[s].block(at + s * panel_bytes, block);
#pragma GCC unroll 1
    for (int g = 0; g < groups; ++g) {
      for (int s = 0; s < Side; ++s) decoders[s].group(g);
#pragma GCC unroll 4
      for (int i = 0; i < D::group_elements; ++i, ++x) {
        V weight[chains];
#pragma GCC unroll 8
        for (int c = 0; c < chains; ++c) weight[c] = decoders[c / vectors].at(i, c % vectors);
#pragma GCC unroll 8
        for (int t = 0; t < Rows; ++t) {
          const V of_row = V::splat(x[t * p.x_row]);
#pragma GCC unroll 8
          for (int c = 0; c < chains; ++c) acc[t][c] = fma(of_row, weight[c], acc[t][c]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < Rows; ++t) {
    float* y = p.y + t * p.y_row;
#pragma GCC unroll 8
    for (int c = 0; c < chains; ++c) {
      const int64_t left = p.outputs - c * n;
      if (left >= n)
        acc[t][c].store(y + c * n);
      else if (left > 0)
        acc[t][c].store(y + c * n, static_cast<int>(left));
    }
  }
}

template <class V, int P, template <class, int> class Decoder, int Rows>
void panel_multiply(const PanelMultiply& p) {
  using D = Decoder<V, P>;
  // As many chains as their sums leave registers for.
  constexpr int side = Rows <= 2 ? 2 : 1;
  const int64_t panel_bytes = p.panels.cols / D::block_elements * D::block_bytes;
  PanelMultiply part = p;
  while (part.outputs > 0) {
    multiply_side<V, P, Decoder, Rows, side>(part);
    part.panels.first += side * panel_bytes;
    part.panels.first_row += side * P;
    part.outputs -= side * P;
    part.y += side * P;
    if (part.start) part.start += side * P;
  }
}

}  // namespace xling::simd
