// What lora_linear hands to an ISA: a product that is short in one direction.
#pragma once

#include <cstdint>

#include "kernels/contract.h"

namespace xling::simd {

//   c[i,j] = (c[i,j] or 0) + sum_k a[i·a_row + k·a_depth] * b[k·b_depth + j·b_col],  k ascending, one FMA each
//
// Of b's two steps one is 1; `a` has any. c lies over neither.
struct LoraProduct {
  int64_t rows, cols, depth;
  const float* a;
  int64_t a_row, a_depth;
  const float* b;
  int64_t b_depth, b_col;
  float* c;
  int64_t c_row;  // c[i,j] at c + i·c_row + j
  Write write;
};

using LoraProductLoop = void (*)(const LoraProduct&);

}  // namespace xling::simd
