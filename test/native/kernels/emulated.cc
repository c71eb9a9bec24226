#include "kernels/emulated.h"

#include "cpu/simd/make_loops.h"

namespace xling::test {

const simd::Loops emulated8 = simd::make_loops<simd::vec<8, Fused>, 6, 2>("emulated8");
const simd::Loops emulated16 = simd::make_loops<simd::vec<16, Fused>, 12, 2>("emulated16");

}  // namespace xling::test
