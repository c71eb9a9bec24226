// Five bits in blocks of 32: nibbles as in q4.h, and bit i of a 32-bit word is
// element i's fifth bit. Products are exact in f32: 11 bits times 5.
#pragma once

#include "cpu/decode/load.h"

namespace xling {

// Element i, 0 to 31.
inline int q5_at(uint32_t high, const uint8_t* low, int i) {
  const int nibble = i < 16 ? low[i] & 0xf : low[i - 16] >> 4;
  return nibble | static_cast<int>((high >> i) & 1u) << 4;
}

// d f16 | high u32 | low [16]:  out[i] = d * (q[i] - 16)
inline void decode_q5_0(const uint8_t* block, float* out) {
  const float d = load_f16(block);
  const auto high = load<uint32_t>(block + 2);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(q5_at(high, block + 6, i) - 16);
}

// d f16 | m f16 | high u32 | low [16]:  out[i] = d * q[i] + m
inline void decode_q5_1(const uint8_t* block, float* out) {
  const float d = load_f16(block), m = load_f16(block + 2);
  const auto high = load<uint32_t>(block + 4);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(q5_at(high, block + 8, i)) + m;
}

}  // namespace xling
