#include "kernels/emulated.h"

#include <cmath>

#include "cpu/simd/make_loops.h"

namespace xling::test {

namespace {

struct Fused {
  static float multiply_add(float a, float b, float c) { return std::fma(a, b, c); }
};

}  // namespace

const simd::Loops emulated8 = simd::make_loops<simd::vec<8, Fused>, 6, 2>("emulated8");
const simd::Loops emulated16 = simd::make_loops<simd::vec<16, Fused>, 12, 2>("emulated16");

}  // namespace xling::test
