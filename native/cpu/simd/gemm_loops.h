// One tile of a matrix product, and the packing of what it reads, as the
// blocked loops hand them to an ISA.
#pragma once

#include <cstdint>

namespace xling::simd {

//   c[i,j] = start[i,j] + sum_k a[k·rows + i] * b[k·cols + j],  k ascending, one FMA each
//
// a and b are packed for a whole tile (GemmLoops::rows and ::cols), whatever
// part of it is real.
struct GemmTile {
  const float* a;
  const float* b;
  int64_t depth;
  const float* start;   // start[i,j] at start + i·start_row + j; null: zero
  int64_t start_row;    // 0 for a bias that all rows share
  float* c;             // c[i,j] at c + i·c_row + j; may be start
  int64_t c_row;
  int rows;             // real ones, from 1
  int cols;
};

// Lines of a matrix (rows of A, rows of a weight) become columns of a panel:
//   out[k·width + i] = from[i·line + k·step]  for i < lines, else 0
// One of line and step is 1; width is GemmLoops::rows or ::cols.
struct GemmPack {
  const float* from;
  int64_t line;
  int64_t step;
  int64_t lines;
  int64_t depth;
  float* out;
};

struct GemmLoops {
  int rows;  // of a whole tile
  int cols;  // at most max_tile_cols
  void (*tile)(const GemmTile&);
  void (*pack_rows)(const GemmPack&);
  void (*pack_cols)(const GemmPack&);
};

constexpr int max_tile_cols = 32;

}  // namespace xling::simd
