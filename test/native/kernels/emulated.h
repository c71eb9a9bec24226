// Lane code of any width on arrays, with a true FMA: runs everywhere and must
// equal the ISA of that width to the last bit.
#pragma once

#include <cmath>

#include "cpu/simd/loops.h"

namespace xling::test {

struct Fused {
  static float multiply_add(float a, float b, float c) { return std::fma(a, b, c); }
};

extern const simd::Loops emulated8, emulated16;

}  // namespace xling::test
