#if defined(__x86_64__)
#include "cpu/simd/vec_avx2.h"
// The lanes first: their specialisation must precede the loops that use it.
#include "cpu/simd/make_loops.h"

namespace xling::simd {

const Loops avx2 = make_loops<vec<8, Avx2>, 6, 2>("avx2");

}  // namespace xling::simd
#endif
