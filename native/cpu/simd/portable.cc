// Four lanes in plain C++: what every compiler can turn into its baseline's vectors.
#include "cpu/simd/make_loops.h"

namespace xling::simd {

// Multiply, then add: a machine without these files' ISAs has no fast FMA either.
struct Rounded {
  static float multiply_add(float a, float b, float c) { return a * b + c; }
};

const Loops portable = make_loops<vec<4, Rounded>, 4, 2>("portable");

}  // namespace xling::simd
