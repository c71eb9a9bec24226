// Panels of both NF4s. Formulas: cpu/decode/nf4.h; bytes of a matrix: core/nf4_layout.h.
#pragma once

#include "core/code_books.h"
#include "core/nf4_layout.h"
#include "cpu/simd/panel_numbers.h"

namespace xling::simd {

// Codes [32][P], the first of two elements in the high nibble, times a scale.
template <class V, int P>
class Nf4Codes {
 public:
  void block(const uint8_t* codes) { codes_ = codes; }
  V at(int i, int v) const {
    return V::lookup16(nf4_code, (V::ints::load_u8(codes_ + i / 2 * P + v * V::lanes) >> (i % 2 ? 0 : 4)) & 0xf);
  }

 private:
  const uint8_t* codes_;
};

// codes | absmax f32 [P]
template <class V, int P>
class PanelNf4 {
 public:
  static constexpr Storage storage = Storage::nf4;
  static constexpr int block_elements = 64, group_elements = 64, block_bytes = 36 * P;
  explicit PanelNf4(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    codes_.block(at);
    for (int v = 0; v < P / V::lanes; ++v) absmax_[v] = V::load(reinterpret_cast<const float*>(at + 32 * P) + v * V::lanes);
  }
  void group(int) {}
  V at(int i, int v) const { return codes_.at(i, v) * absmax_[v]; }

 private:
  Nf4Codes<V, P> codes_;
  V absmax_[P / V::lanes];
};

// codes | absmax's codes [P]; their scales, one for 256 blocks of the matrix, follow the panels.
template <class V, int P>
class PanelNf4d {
 public:
  static constexpr Storage storage = Storage::nf4d;
  static constexpr int block_elements = 64, group_elements = 64, block_bytes = 33 * P;
  explicit PanelNf4d(const Panels& panels) : panels_(panels), book_(dynamic_code().data()) {
    const int64_t blocks = panels.rows * (panels.cols / nf4_block);
    offset_ = panels.tail + 4 * ((blocks + nf4d_group - 1) / nf4d_group);
  }
  void block(const uint8_t* at, int64_t index) {
    codes_.block(at);
    for (int i = 0; i < P; ++i) absmax_[i] = absmax_of(at[32 * P + i], i, index);
  }
  void group(int) {}
  V at(int i, int v) const { return codes_.at(i, v) * V::load(absmax_ + v * V::lanes); }

 private:
  // Rows that pad the last panel have the scale of the last real one.
  float absmax_of(uint8_t code, int lane, int64_t block) const {
    const int64_t row = panels_.first_row + lane, last = panels_.rows - 1;
    const int64_t number = (row < last ? row : last) * (panels_.cols / nf4_block) + block;
    return book_[code] * float_at(panels_.tail + 4 * (number / nf4d_group)) + float_at(offset_);
  }
  static float float_at(const uint8_t* at) {
    float out;
    std::memcpy(&out, at, sizeof out);
    return out;
  }

  const Panels& panels_;
  const float* book_;
  const uint8_t* offset_;
  float absmax_[P];
  Nf4Codes<V, P> codes_;
};

}  // namespace xling::simd
