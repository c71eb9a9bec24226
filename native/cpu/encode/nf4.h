#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/code_books.h"
#include "core/nf4_layout.h"
#include "cpu/encode/absmax_of.h"

namespace xling {

// Halfway from each code to the next.
constexpr std::array<float, 15> halfway() {
  std::array<float, 15> borders{};
  for (size_t i = 0; i < 15; ++i) borders[i] = (nf4_code[i] + nf4_code[i + 1]) / 2.0f;
  return borders;
}

inline constexpr std::array<float, 15> nf4_borders = halfway();

// 64 numbers into 32 bytes; returns their absmax. The formula is in kernels/quantize.h.
inline float encode_nf4(const float* x, uint8_t* codes) {
  const float absmax = absmax_of<nf4_block>(x);
  const float inverse = 1.0f / std::max(absmax, 1e-38f);
  // A code is the number of borders below: no search, so the compiler can use lanes.
  int below[nf4_block] = {};
  for (int i = 0; i < nf4_block; ++i) {
    const float scaled = x[i] * inverse;
    for (float border : nf4_borders) below[i] += border < scaled;
  }
  for (int i = 0; i < nf4_block / 2; ++i) codes[i] = static_cast<uint8_t>(below[2 * i] << 4 | below[2 * i + 1]);
  return absmax;
}

}  // namespace xling
