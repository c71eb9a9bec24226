// What the decoders of quantised panels share: a block's codes, unpacked to a
// byte each with the widest vectors there are, and its halves.
#pragma once

#include "core/storage.h"
#include "cpu/simd/panel_loops.h"

namespace xling::simd {

// [count][P]
template <class V, int P, int count>
struct PanelCodes {
  alignas(64) uint8_t bytes[count * P];

  V with_sign(int i, int v) const { return V::from(V::ints::load_i8(bytes + i * P + v * V::lanes)); }
  V from_zero(int i, int v) const { return V::from(V::ints::load_u8(bytes + i * P + v * V::lanes)); }
};

// f16 [P]
template <class V, int P>
struct PanelHalves {
  V vectors[P / V::lanes];

  void load(const uint8_t* from) {
    for (int v = 0; v < P / V::lanes; ++v) vectors[v] = V::load_f16(from + 2 * v * V::lanes);
  }
  const V& operator[](int v) const { return vectors[v]; }
};

}  // namespace xling::simd
