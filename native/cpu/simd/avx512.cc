#if defined(__x86_64__)
#include "cpu/simd/vec_avx512.h"
// The lanes first: their specialisation must precede the loops that use it.
#include "cpu/simd/make_loops.h"

namespace xling::simd {

const Loops avx512 = make_loops<vec<16, Avx512>, 12, 2>("avx512");

}  // namespace xling::simd
#endif
