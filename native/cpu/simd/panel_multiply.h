// A few rows times a frozen weight, read once: lanes over outputs, several
// panels at once so that their chains of multiply-adds hide each other's latency.
#pragma once

#include "cpu/simd/panel_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

// `Side` panels side by side, from p.panels on.
template <class V, int P, template <class, int> class Decoder, int Rows, int Side>
void multiply_side(const PanelMultiply& p) {
  using D = Decoder<V, P>;
  constexpr int n = V::lanes, chains = Side * P / n, groups = D::block_elements / D::group_elements;
  const int64_t blocks = p.panels.cols / D::block_elements, panel_bytes = blocks * D::block_bytes;
  struct Chain {
    D decoder;
    V acc[Rows];
  };
  // Some decoders refer to where their panel stands in the matrix.
  Panels panels[Side];
  for (int s = 0; s < Side; ++s) {
    panels[s] = p.panels;
    panels[s].first += s * panel_bytes;
    panels[s].first_row += s * P;
  }
  const auto chain = [&](int c) {
    Chain made{D(panels[c * n / P], c * n % P), {}};
    const int64_t left = p.outputs - c * n;
    for (int t = 0; t < Rows; ++t) {
      const float* start = p.start ? p.start + t * p.start_row + c * n : nullptr;
      made.acc[t] = !start || left <= 0 ? V::zero() : left >= n ? V::load(start) : V::load(start, static_cast<int>(left));
    }
    return made;
  };
  const auto walk = [&](auto&... chain) {
    const float* x = p.x;
    const uint8_t* at = p.panels.first;
    for (int64_t block = 0; block < blocks; ++block, at += D::block_bytes) {
      int c = 0;
      (chain.decoder.block(at + c++ * n / P * panel_bytes, block), ...);
#pragma GCC unroll 16
      for (int g = 0; g < groups; ++g) {
        (chain.decoder.group(g), ...);
#pragma GCC unroll 4
        for (int i = 0; i < D::group_elements; ++i, ++x) {
          V of_row[Rows];
          for (int t = 0; t < Rows; ++t) of_row[t] = V::splat(x[t * p.panels.cols]);
          const auto step = [&](Chain& one) {
            const V weight = one.decoder.at(i);
            for (int t = 0; t < Rows; ++t) one.acc[t] = fma(of_row[t], weight, one.acc[t]);
          };
          (step(chain), ...);
        }
      }
    }
  };
  const auto finish = [&](const Chain& one, int c) {
    const int64_t left = p.outputs - c * n;
    for (int t = 0; t < Rows; ++t) {
      float* y = p.y + t * p.y_row + c * n;
      if (left >= n)
        one.acc[t].store(y);
      else if (left > 0)
        one.acc[t].store(y, static_cast<int>(left));
    }
  };
  if constexpr (chains == 2) {
    Chain a = chain(0), b = chain(1);
    walk(a, b);
    finish(a, 0), finish(b, 1);
  } else {
    static_assert(chains == 4);
    Chain a = chain(0), b = chain(1), c = chain(2), d = chain(3);
    walk(a, b, c, d);
    finish(a, 0), finish(b, 1), finish(c, 2), finish(d, 3);
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
    const bool whole = part.outputs > (side - 1) * P;
    if (whole)
      multiply_side<V, P, Decoder, Rows, side>(part);
    else
      multiply_side<V, P, Decoder, Rows, 1>(part);
    const int64_t done = (whole ? side : 1) * P;
    part.panels.first += done / P * panel_bytes;
    part.panels.first_row += done;
    part.outputs -= done;
    part.y += done;
    if (part.start) part.start += done;
  }
}

}  // namespace xling::simd
