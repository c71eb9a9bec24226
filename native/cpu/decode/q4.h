// Four bits in blocks of 32. Byte i of q holds element i in its low nibble and
// element i + 16 in its high one. Products are exact in f32: 11 bits times 4.
#pragma once

#include "cpu/decode/load.h"

namespace xling {

// d f16 | q [16]:  out[i] = d * (q[i] - 8)
inline void decode_q4_0(const uint8_t* block, float* out) {
  const float d = load_f16(block);
  const uint8_t* q = block + 2;
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>((q[i] & 0xf) - 8);
    out[i + 16] = d * static_cast<float>((q[i] >> 4) - 8);
  }
}

// d f16 | m f16 | q [16]:  out[i] = d * q[i] + m
inline void decode_q4_1(const uint8_t* block, float* out) {
  const float d = load_f16(block), m = load_f16(block + 2);
  const uint8_t* q = block + 4;
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>(q[i] & 0xf) + m;
    out[i + 16] = d * static_cast<float>(q[i] >> 4) + m;
  }
}

}  // namespace xling
