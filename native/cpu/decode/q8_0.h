#pragma once

#include "cpu/decode/load.h"

namespace xling {

// d f16 | q i8 [32]:  out[i] = q[i] * d
inline void decode_q8_0(const uint8_t* block, float* out) {
  const float d = load_f16(block);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(static_cast<int8_t>(block[2 + i])) * d;
}

}  // namespace xling
