// What `dropout` hands to an ISA: tokens that lie side by side in one row.
#pragma once

#include <cstdint>

#include "cpu/simd/sample_loops.h"
#include "kernels/contract.h"

namespace xling::simd {

struct DropoutTokens {
  const float* x;
  const float* residual;  // null: none
  float* y;
  int64_t tokens;
  int64_t width;
  WordsAt at;  // the first token's; each has its place
  uint32_t threshold;
  float factor;
  Write write;
};

using DropoutLoop = void (*)(const DropoutTokens&);

}  // namespace xling::simd
