// What the encoders share: unaligned writes, and the inverse of a scale.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/float16.h"

namespace xling {

template <class T>
void store(uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

// 1/d, or zero where that is no number: all that such a scale can keep is zeros.
inline float inverse_or_zero(float d) {
  const float inverse = 1.0f / d;
  return std::isfinite(inverse) ? inverse : 0.0f;
}

}  // namespace xling
