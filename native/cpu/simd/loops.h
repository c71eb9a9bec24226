// The inner loops of every kernel for one ISA, as a table of functions. Above
// this table nothing knows which ISA runs; below it nothing else is compiled
// with an ISA's flags.
#pragma once

#include <cstdint>

#include "cpu/simd/gemm_loops.h"
#include "cpu/simd/panel_loops.h"
#include "kernels/rms_norm.h"

namespace xling::simd {

struct RmsNormLoops {
  void (*forward)(const RmsNorm&, int64_t row_begin, int64_t row_end);
  void (*dx)(const RmsNormBackward&, int64_t row_begin, int64_t row_end);
  void (*dweight)(const RmsNormBackward&, int64_t column_begin, int64_t column_end);
};

struct Loops {
  const char* isa;
  GemmLoops gemm;
  PanelLoops panels;  // of gemm.cols rows
  RmsNormLoops rms_norm_f32;
  RmsNormLoops rms_norm_bf16;
};

extern const Loops portable;
#if defined(__x86_64__)
extern const Loops avx2;
extern const Loops avx512;
#endif

}  // namespace xling::simd
