// Panels of GGUF's K-quants. Formulas and bytes: cpu/decode/k_quants.h.
#pragma once

#include "cpu/simd/panel_numbers.h"

namespace xling::simd {

// Scale and minimum of a group of 32: d [P] | dmin [P] | packed [12][P]
template <class V, int P>
class GroupScales {
 public:
  V step, low;

  void block(const uint8_t* at, int lane) {
    d_ = V::load_f16(at + 2 * lane);
    dmin_ = V::load_f16(at + 2 * P + 2 * lane);
    packed_ = at + 4 * P + lane;
  }
  void group(int g) {
    const auto scale = g < 4 ? byte(g) & 0x3f : (byte(g + 4) & 0xf) | ((byte(g - 4) >> 6) << 4);
    const auto min = g < 4 ? byte(g + 4) & 0x3f : (byte(g + 4) >> 4) | ((byte(g) >> 6) << 4);
    step = d_ * V::from(scale);
    low = dmin_ * V::from(min);
  }

 private:
  typename V::ints byte(int i) const { return V::ints::load_u8(packed_ + i * P); }
  V d_, dmin_;
  const uint8_t* packed_;
};

template <class V, int P>
class PanelQ4_K {
 public:
  static constexpr Storage storage = Storage::q4_k;
  static constexpr int block_elements = 256, group_elements = 32, block_bytes = 144 * P;
  PanelQ4_K(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    scales_.block(at, lane_);
    q_ = at + 16 * P + lane_;
  }
  void group(int g) {
    scales_.group(g);
    group_q_ = q_ + 32 * (g / 2) * P;
    shift_ = 4 * (g % 2);
  }
  V at(int i) const {
    return scales_.step * V::from((V::ints::load_u8(group_q_ + i * P) >> shift_) & 0xf) - scales_.low;
  }

 private:
  int lane_, shift_;
  GroupScales<V, P> scales_;
  const uint8_t *q_, *group_q_;
};

template <class V, int P>
class PanelQ5_K {
 public:
  static constexpr Storage storage = Storage::q5_k;
  static constexpr int block_elements = 256, group_elements = 32, block_bytes = 176 * P;
  PanelQ5_K(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    scales_.block(at, lane_);
    high_ = at + 16 * P + lane_;
  }
  void group(int g) {
    scales_.group(g);
    q_ = high_ + (32 + 32 * (g / 2)) * P;
    g_ = g;
  }
  V at(int i) const {
    const auto fifth = ((V::ints::load_u8(high_ + i * P) >> g_) & 1) << 4;
    const auto four = (V::ints::load_u8(q_ + i * P) >> (4 * (g_ % 2))) & 0xf;
    return scales_.step * V::from(four | fifth) - scales_.low;
  }

 private:
  int lane_, g_;
  GroupScales<V, P> scales_;
  const uint8_t *high_, *q_;
};

template <class V, int P>
class PanelQ6_K {
 public:
  static constexpr Storage storage = Storage::q6_k;
  static constexpr int block_elements = 256, group_elements = 16, block_bytes = 210 * P;
  PanelQ6_K(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    block_ = at + lane_;
    d_ = V::load_f16(at + 208 * P + 2 * lane_);
  }
  // Two groups make one of the eight runs of 32.
  void group(int g) {
    const int half = g / 8, r = g / 2 % 4, second = 16 * (g % 2);
    low_ = block_ + (64 * half + 32 * (r % 2) + second) * P;
    high_ = block_ + (128 + 32 * half + second) * P;
    low_shift_ = 4 * (r / 2);
    high_shift_ = 2 * r;
    step_ = d_ * V::from(V::ints::load_i8(block_ + (192 + g) * P));
  }
  V at(int i) const {
    const auto low = (V::ints::load_u8(low_ + i * P) >> low_shift_) & 0xf;
    const auto high = ((V::ints::load_u8(high_ + i * P) >> high_shift_) & 3) << 4;
    return step_ * V::from((low | high) - 32);
  }

 private:
  int lane_, low_shift_, high_shift_;
  V d_, step_;
  const uint8_t *block_, *low_, *high_;
};

}  // namespace xling::simd
