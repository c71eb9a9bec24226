// What is done with a frozen weight in panels (cpu/panels/panel_layout.h), as
// the blocked loops hand it to an ISA.
#pragma once

#include <array>
#include <cstdint>

#include "core/storage.h"

namespace xling::simd {

// Panels of a matrix, from one of them on.
struct Panels {
  const uint8_t* first;    // the first one's first byte
  int64_t first_row;       // its first row in the matrix
  int64_t rows, cols;      // of the matrix
  const uint8_t* tail;     // nf4d: group scales f32, then the offset f32
};

// out[k·width + i] = panel's row i at column begin + k, for k < count; begin and
// count are multiples of the storage's block.
struct PanelDecode {
  Panels panel;
  int64_t begin;
  int64_t count;
  float* out;
};

// y[t,i] = start[t,i] + sum_k x[t,k] * w[i,k], k ascending, one FMA each: the
// chain of gemm_tile, for outputs i of some panels.
struct PanelMultiply {
  Panels panels;
  int64_t outputs;     // real ones
  const float* x;      // x[t,k] at x + t·x_row + k
  int64_t x_row;
  const float* start;  // start[t,i] at start + t·start_row + i; null: zero
  int64_t start_row;
  float* y;            // y[t,i] at y + t·y_row + i
  int64_t y_row;
};

// Their sums of a panel fill AVX2's registers.
constexpr int max_panel_rows_multiplied = 6;

struct PanelLoops {
  std::array<void (*)(const PanelDecode&), storage_count> decode;
  // For 1 to max_panel_rows_multiplied rows of x.
  std::array<std::array<void (*)(const PanelMultiply&), storage_count>, max_panel_rows_multiplied> multiply;
};

}  // namespace xling::simd
