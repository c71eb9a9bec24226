// Panels decoded to f32, as gemm_tile reads them.
#pragma once

#include "cpu/simd/panel_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

template <class V, int P, template <class, int> class Decoder>
void panel_decode(const PanelDecode& p) {
  using D = Decoder<V, P>;
  constexpr int groups = D::block_elements / D::group_elements;
  const int64_t first = p.begin / D::block_elements, last = (p.begin + p.count) / D::block_elements;
  for (int lane = 0; lane < P; lane += V::lanes) {
    D decoder(p.panel, lane);
    float* out = p.out + lane;
    for (int64_t block = first; block < last; ++block) {
      decoder.block(p.panel.first + block * D::block_bytes, block);
#pragma GCC unroll 16
      for (int g = 0; g < groups; ++g) {
        decoder.group(g);
#pragma GCC unroll 4
        for (int i = 0; i < D::group_elements; ++i, out += P) decoder.at(i).store(out);
      }
    }
  }
}

}  // namespace xling::simd
