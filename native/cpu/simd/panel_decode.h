// Panels decoded to f32, as gemm_tile reads them.
#pragma once

#include "cpu/simd/panel_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

template <class V, int P, template <class, int> class Decoder>
void panel_decode(const PanelDecode& p) {
  using D = Decoder<V, P>;
  constexpr int n = V::lanes, groups = D::block_elements / D::group_elements;
  const int64_t first = p.begin / D::block_elements, last = (p.begin + p.count) / D::block_elements;
  D decoder(p.panel);
  float* out = p.out;
  for (int64_t block = first; block < last; ++block) {
    decoder.block(p.panel.first + block * D::block_bytes, block);
#pragma GCC unroll 1
    for (int g = 0; g < groups; ++g) {
      decoder.group(g);
#pragma GCC unroll 4
      for (int i = 0; i < D::group_elements; ++i)
        for (int v = 0; v < P / n; ++v, out += n) decoder.at(i, v).store(out);
    }
  }
}

}  // namespace xling::simd
