#pragma once

#include <algorithm>
#include <cmath>

#include "cpu/encode/absmax_of.h"
#include "cpu/encode/store.h"

namespace xling {

// 32 numbers into d f16 | q i8 [32]; the formula is in kernels/quantize.h.
inline void encode_q8_0(const float* x, uint8_t* block) {
  const float d = absmax_of<32>(x) / 127.0f;
  const float inverse = inverse_or_zero(d);
  store(block, to_f16(d));
  for (int i = 0; i < 32; ++i) {
    const float scaled = x[i] * inverse;
    // The float below 0.5, with which truncation rounds half away from zero: 0.5 itself would take 0.49999997 up.
    const float rounded = scaled + std::copysign(0x1.fffffep-2f, scaled);
    // In this order a NaN is 127: it must be an int.
    block[2 + i] = static_cast<uint8_t>(static_cast<int>(std::min(127.0f, rounded)));
  }
}

}  // namespace xling
