// Products with an adapter's factors. A rank is a small number, so to pack both
// operands would cost as much as the product: `a` is read as it lies, one number
// for a whole vector of `b`, of which a strip lies packed on the stack.
#pragma once

#include <algorithm>
#include <utility>

#include "cpu/simd/chunks.h"
#include "cpu/simd/gemm_pack.h"
#include "cpu/simd/lora_linear_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

struct LoraTile {
  const float* a;
  int64_t a_row, a_depth;
  const float* b;  // packed, in rows of whole vectors
  int64_t depth;
  float* c;
  int64_t c_row;
  int cols;        // real ones
  bool from_zero;  // or from what c holds
};

// Rows x (Vectors·lanes) outputs, held in registers while the summed index runs.
template <class V, int Vectors, int Rows>
void lora_tile(const LoraTile& t) {
  constexpr int n = V::lanes;
  V acc[Rows][Vectors];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) {
      const int left = t.cols - j * n;
      const float* c = t.c + i * t.c_row + j * n;
      acc[i][j] = t.from_zero || left <= 0 ? V::zero() : left >= n ? V::load(c) : V::load(c, left);
    }
  const float *a = t.a, *b = t.b;
  for (int64_t k = 0; k < t.depth; ++k, a += t.a_depth, b += Vectors * n) {
    V line[Vectors];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) line[j] = V::load(b + j * n);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const V of_row = V::splat(a[i * t.a_row]);
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) acc[i][j] = fma(of_row, line[j], acc[i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) {
      const int left = t.cols - j * n;
      float* c = t.c + i * t.c_row + j * n;
      if (left >= n)
        acc[i][j].store(c);
      else if (left > 0)
        acc[i][j].store(c, left);
    }
}

// Chains enough to hide a multiply-add's latency, in the sixteen registers that every ISA has.
template <int Vectors>
constexpr int lora_tile_rows = Vectors == 1 ? 8 : 6;

template <class V, int Vectors, int... Rows>
void lora_tile_of(int64_t rows, const LoraTile& tile, std::integer_sequence<int, Rows...>) {
  constexpr void (*tiles[])(const LoraTile&) = {&lora_tile<V, Vectors, Rows + 1>...};
  tiles[rows - 1](tile);
}

// Part of a product: b's columns [first_col, first_col + cols) over one block of depth.
template <class V>
struct LoraStrip {
  static constexpr int lanes = V::lanes, wide = 2 * lanes;
  static constexpr int64_t most_floats = 4096;  // packed: half of a small L1
  // Of depth in one block: of an `a` in rows, and of one that is read across
  // rows, from a new page at each.
  static constexpr int64_t most_along = 128, most_across = 32;
  static_assert(most_across <= most_along && most_along * wide <= most_floats);

  const LoraProduct& p;
  int64_t first_depth, depth;
  int64_t first_col, cols;
  float* packed;

  // Panels are two vectors wide, but for a last one that needs no more than one.
  static bool narrow(int64_t cols_left) { return cols_left <= lanes; }

  void pack() const {
    if (p.b_col == 1)
      pack_straight();
    else
      pack_turned();
  }

  // Row by row, as memory is read ahead.
  void pack_straight() const {
    const int64_t whole = cols / wide * wide;
    const int last = static_cast<int>(cols - whole), last_width = narrow(last) ? lanes : wide;
    for (int64_t k = 0; k < depth; ++k) {
      const float* from = p.b + (first_depth + k) * p.b_depth + first_col;
      for (int64_t col = 0; col < whole; col += wide) {
        float* to = packed + col * depth + k * wide;
        V::load(from + col).store(to);
        V::load(from + col + lanes).store(to + lanes);
      }
      float* to = packed + whole * depth + k * last_width;
      for (int j = 0; j < last; j += lanes) take<V>(from + whole + j, std::min(lanes, last - j)).store(to + j);
    }
  }

  void pack_turned() const {
    for (int64_t col = 0; col < cols; col += wide) {
      const int64_t left = cols - col;
      const float* from = p.b + first_depth + (first_col + col) * p.b_col;
      const GemmPack panel{from, p.b_col, 1, std::min<int64_t>(left, wide), depth, packed + col * depth};
      if (narrow(left))
        gemm_pack<V, lanes>(panel);
      else
        gemm_pack<V, wide>(panel);
    }
  }

  // Tiles as high as registers allow, all of about one height.
  void multiply() const {
    const int64_t height = narrow(cols) ? lora_tile_rows<1> : lora_tile_rows<2>;
    const int64_t groups = (p.rows + height - 1) / height;
    for (int64_t group = 0; group < groups; ++group) {
      const int64_t row = group * p.rows / groups, rows = (group + 1) * p.rows / groups - row;
      for (int64_t col = 0; col < cols; col += wide) {
        const int64_t left = cols - col;
        const LoraTile tile{p.a + row * p.a_row + first_depth * p.a_depth, p.a_row, p.a_depth, packed + col * depth, depth,
                            p.c + row * p.c_row + first_col + col, p.c_row, static_cast<int>(std::min<int64_t>(left, wide)),
                            first_depth == 0 && p.write == Write::assign};
        if (narrow(left))
          lora_tile_of<V, 1>(rows, tile, std::make_integer_sequence<int, lora_tile_rows<1>>());
        else
          lora_tile_of<V, 2>(rows, tile, std::make_integer_sequence<int, lora_tile_rows<2>>());
      }
    }
  }
};

template <class V>
void lora_product(const LoraProduct& p) {
  using Strip = LoraStrip<V>;
  alignas(64) float packed[Strip::most_floats];
  const int64_t most_depth = p.a_depth == 1 ? Strip::most_along : Strip::most_across;
  int64_t first = 0;
  do {  // once for a sum of nothing, which may have to be written
    const int64_t depth = std::min(most_depth, p.depth - first);
    const int64_t cols = Strip::most_floats / (std::max<int64_t>(depth, 1) * Strip::wide) * Strip::wide;
    for (int64_t col = 0; col < p.cols; col += cols) {
      const Strip strip{p, first, depth, col, std::min(cols, p.cols - col), packed};
      strip.pack();
      strip.multiply();
    }
    first += most_depth;
  } while (first < p.depth);
}

}  // namespace xling::simd
