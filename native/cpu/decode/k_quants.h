// GGUF's K-quants: super-blocks of 256 whose groups have quantised scales of
// their own. Every product is exact in f32 (11 bits of d, 6 to 8 of a scale, 4 to
// 5 of a code), so a number is rounded once at most, where a minimum is taken off.
#pragma once

#include "cpu/decode/load.h"

namespace xling {

struct ScaleAndMin {
  int scale, min;
};

// Group 0 to 7 of the 12 packed bytes of Q4_K and Q5_K, 6 bits each. Groups 0-3
// use the low 6 bits of bytes 0-3 (scale) and 4-7 (min); groups 4-7 have 4 low
// bits in bytes 8-11 (scale low, min high nibble) and 2 high bits on top of 0-7.
inline ScaleAndMin scale_and_min(const uint8_t* packed, int group) {
  if (group < 4) return {packed[group] & 0x3f, packed[group + 4] & 0x3f};
  const int low = packed[group + 4], scale_top = packed[group - 4], min_top = packed[group];
  return {(low & 0xf) | (scale_top >> 6) << 4, low >> 4 | (min_top >> 6) << 4};
}

// d f16 | dmin f16 | scales and mins [12] | q [128]; 8 groups of 32, groups 2j
// and 2j+1 in the low and high nibbles of bytes 32j to 32j+31.
//   out[g,i] = (d * scale[g]) * q[g,i] - dmin * min[g]
inline void decode_q4_k(const uint8_t* block, float* out) {
  const float d = load_f16(block), dmin = load_f16(block + 2);
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scale_and_min(block + 4, group);
    const float step = d * static_cast<float>(scale), low = dmin * static_cast<float>(min);
    const uint8_t* q = block + 16 + 32 * (group / 2);
    const int shift = 4 * (group % 2);
    for (int i = 0; i < 32; ++i) out[32 * group + i] = step * static_cast<float>((q[i] >> shift) & 0xf) - low;
  }
}

// As Q4_K, with high [32] before q: bit g of byte i is the fifth bit of element i of group g.
inline void decode_q5_k(const uint8_t* block, float* out) {
  const float d = load_f16(block), dmin = load_f16(block + 2);
  const uint8_t* high = block + 16;
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scale_and_min(block + 4, group);
    const float step = d * static_cast<float>(scale), low = dmin * static_cast<float>(min);
    const uint8_t* q = block + 48 + 32 * (group / 2);
    const int shift = 4 * (group % 2);
    for (int i = 0; i < 32; ++i) {
      const int value = ((q[i] >> shift) & 0xf) | ((high[i] >> group) & 1) << 4;
      out[32 * group + i] = step * static_cast<float>(value) - low;
    }
  }
}

// low [128] | high [64] | scale i8 [16] | d f16; halves of 128, each of four runs
// of 32: run r has its low nibbles in bytes 32*(r%2) of the half's 64 (low nibble
// for r < 2), its two high bits at 2r of the half's 32. Scales are for 16 elements.
//   out[i] = (d * scale[i / 16]) * (q[i] - 32)
inline void decode_q6_k(const uint8_t* block, float* out) {
  const float d = load_f16(block + 208);
  for (int run = 0; run < 8; ++run) {
    const int half = run / 4, r = run % 4;
    const uint8_t* low = block + 64 * half + 32 * (r % 2);
    const uint8_t* high = block + 128 + 32 * half;
    const uint8_t* scales = block + 192 + 2 * run;
    for (int i = 0; i < 32; ++i) {
      const int value = ((low[i] >> (4 * (r / 2))) & 0xf) | ((high[i] >> (2 * r)) & 3) << 4;
      const float step = d * static_cast<float>(static_cast<int8_t>(scales[i / 16]));
      out[32 * run + i] = step * static_cast<float>(value - 32);
    }
  }
}

}  // namespace xling
