// Instantiates every kernel's loops for lanes V.
#pragma once

#include "cpu/simd/rms_norm.h"

namespace xling::simd {

template <class V>
constexpr Loops make_loops(const char* isa) {
  return {isa, rms_norm_loops<V, float>(), rms_norm_loops<V, bfloat16>()};
}

}  // namespace xling::simd
