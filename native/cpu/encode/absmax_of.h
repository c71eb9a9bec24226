#pragma once

#include <cstdint>
#include <cstring>

namespace xling {

// max_i |x[i]|, a NaN if there is one. Bits without the sign order as the
// numbers do, and the compiler has lanes for a maximum of integers.
template <int count>
float absmax_of(const float* x) {
  int32_t largest = 0;
  for (int i = 0; i < count; ++i) {
    int32_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  float out;
  std::memcpy(&out, &largest, sizeof out);
  return out;
}

}  // namespace xling
