// Panels of GGUF's blocks of 32. Formulas: cpu/decode/{q4,q5,q8_0}.h.
#pragma once

#include "cpu/simd/panel_codes.h"

namespace xling::simd {

// d [P] | q [32][P]
template <class V, int P>
class PanelQ8_0 {
 public:
  static constexpr Storage storage = Storage::q8_0;
  static constexpr int block_elements = 32, group_elements = 32, block_bytes = 34 * P;
  explicit PanelQ8_0(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    d_.load(at);
    q_ = at + 2 * P;
  }
  void group(int) {}
  V at(int i, int v) const { return V::from(V::ints::load_i8(q_ + i * P + v * V::lanes)) * d_[v]; }

 private:
  PanelHalves<V, P> d_;
  const uint8_t* q_;
};

// d [P] | q [16][P]
template <class V, int P>
class PanelQ4_0 {
 public:
  static constexpr Storage storage = Storage::q4_0;
  static constexpr int block_elements = 32, group_elements = 32, block_bytes = 18 * P;
  explicit PanelQ4_0(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    d_.load(at);
    const uint8_t* q = at + 2 * P;
    for (int i = 0; i < 16 * P; ++i) {
      codes_.bytes[i] = static_cast<uint8_t>((q[i] & 0xf) - 8);
      codes_.bytes[16 * P + i] = static_cast<uint8_t>((q[i] >> 4) - 8);
    }
  }
  void group(int) {}
  V at(int i, int v) const { return d_[v] * codes_.with_sign(i, v); }

 private:
  PanelHalves<V, P> d_;
  PanelCodes<V, P, 32> codes_;
};

// d [P] | m [P] | q [16][P]
template <class V, int P>
class PanelQ4_1 {
 public:
  static constexpr Storage storage = Storage::q4_1;
  static constexpr int block_elements = 32, group_elements = 32, block_bytes = 20 * P;
  explicit PanelQ4_1(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    d_.load(at);
    m_.load(at + 2 * P);
    const uint8_t* q = at + 4 * P;
    for (int i = 0; i < 16 * P; ++i) {
      codes_.bytes[i] = q[i] & 0xf;
      codes_.bytes[16 * P + i] = q[i] >> 4;
    }
  }
  void group(int) {}
  V at(int i, int v) const { return d_[v] * codes_.from_zero(i, v) + m_[v]; }

 private:
  PanelHalves<V, P> d_, m_;
  PanelCodes<V, P, 32> codes_;
};

// Fifth bits, high [4][P], and nibbles, low [16][P]: bit b of byte j is element 8j + b's.
// A code is its nibble with `set` or `clear`, as its fifth bit is.
template <class V, int P, uint8_t clear, uint8_t set>
void join_five_bits(uint8_t* __restrict codes, const uint8_t* __restrict high, const uint8_t* __restrict low) {
#pragma GCC unroll 1
  for (int b = 0; b < 8; ++b) {
    const auto bit = static_cast<uint8_t>(1 << b);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
      for (int lane = 0; lane < P; ++lane) {
        const uint8_t pair = low[(8 * (j % 2) + b) * P + lane];
        const int nibble = j < 2 ? pair & 0xf : pair >> 4;
        codes[(8 * j + b) * P + lane] = static_cast<uint8_t>(nibble | (high[j * P + lane] & bit ? set : clear));
      }
  }
}

// d [P] | high [4][P] | low [16][P]
template <class V, int P>
class PanelQ5_0 {
 public:
  static constexpr Storage storage = Storage::q5_0;
  static constexpr int block_elements = 32, group_elements = 32, block_bytes = 22 * P;
  explicit PanelQ5_0(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    d_.load(at);
    join_five_bits<V, P, 0xf0, 0>(codes_.bytes, at + 2 * P, at + 6 * P);  // less 16
  }
  void group(int) {}
  V at(int i, int v) const { return d_[v] * codes_.with_sign(i, v); }

 private:
  PanelHalves<V, P> d_;
  PanelCodes<V, P, 32> codes_;
};

// d [P] | m [P] | high [4][P] | low [16][P]
template <class V, int P>
class PanelQ5_1 {
 public:
  static constexpr Storage storage = Storage::q5_1;
  static constexpr int block_elements = 32, group_elements = 32, block_bytes = 24 * P;
  explicit PanelQ5_1(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    d_.load(at);
    m_.load(at + 2 * P);
    join_five_bits<V, P, 0, 0x10>(codes_.bytes, at + 4 * P, at + 8 * P);
  }
  void group(int) {}
  V at(int i, int v) const { return d_[v] * codes_.from_zero(i, v) + m_[v]; }

 private:
  PanelHalves<V, P> d_, m_;
  PanelCodes<V, P, 32> codes_;
};

}  // namespace xling::simd
