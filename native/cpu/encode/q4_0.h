#pragma once

#include <algorithm>
#include <cmath>

#include "cpu/encode/absmax_of.h"
#include "cpu/encode/store.h"

namespace xling {

// 32 numbers into d f16 | q [16]; the formula is in kernels/quantize.h. The
// largest number, with its sign, is code 0: there are 8 codes below zero, 7 above.
inline void encode_q4_0(const float* x, uint8_t* block) {
  const float absmax = absmax_of<32>(x);
  const float* at = std::find_if(x, x + 32, [&](float value) { return std::fabs(value) == absmax; });
  const float largest = at == x + 32 ? absmax : *at;  // a NaN is equal to nothing
  const float d = largest / -8.0f;
  const float inverse = inverse_or_zero(d);
  store(block, to_f16(d));
  // In this order a NaN is 15: it must be an int.
  const auto code = [&](float value) { return static_cast<int>(std::min(15.0f, value * inverse + 8.5f)); };
  for (int i = 0; i < 16; ++i) block[2 + i] = static_cast<uint8_t>(code(x[i]) | code(x[i + 16]) << 4);
}

}  // namespace xling
