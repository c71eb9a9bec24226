// Panels of GGUF's K-quants. Formulas and bytes: cpu/decode/k_quants.h.
#pragma once

#include "cpu/simd/panel_codes.h"

namespace xling::simd {

// Scale and minimum of a group of 32: d [P] | dmin [P] | packed [12][P]
template <class V, int P>
class GroupScales {
 public:
  V step[P / V::lanes], low[P / V::lanes];

  void block(const uint8_t* at) {
    d_.load(at);
    dmin_.load(at + 2 * P);
    packed_ = at + 4 * P;
  }
  void group(int g) {
    for (int v = 0; v < P / V::lanes; ++v) {
      const auto byte = [&](int i) { return V::ints::load_u8(packed_ + i * P + v * V::lanes); };
      const auto scale = g < 4 ? byte(g) & 0x3f : (byte(g + 4) & 0xf) | ((byte(g - 4) >> 6) << 4);
      const auto min = g < 4 ? byte(g + 4) & 0x3f : (byte(g + 4) >> 4) | ((byte(g) >> 6) << 4);
      step[v] = d_[v] * V::from(scale);
      low[v] = dmin_[v] * V::from(min);
    }
  }

 private:
  PanelHalves<V, P> d_, dmin_;
  const uint8_t* packed_;
};

// d [P] | dmin [P] | packed [12][P] | q [128][P]: 32 rows of q are two groups.
template <class V, int P>
class PanelQ4_K {
 public:
  static constexpr Storage storage = Storage::q4_k;
  static constexpr int block_elements = 256, group_elements = 32, block_bytes = 144 * P;
  explicit PanelQ4_K(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    scales_.block(at);
    q_ = at + 16 * P;
  }
  void group(int g) {
    scales_.group(g);
    const uint8_t* q = q_ + 32 * (g / 2) * P;
    if (g % 2 == 0)
      for (int i = 0; i < 32 * P; ++i) codes_.bytes[i] = q[i] & 0xf;
    else
      for (int i = 0; i < 32 * P; ++i) codes_.bytes[i] = q[i] >> 4;
  }
  V at(int i, int v) const { return scales_.step[v] * codes_.from_zero(i, v) - scales_.low[v]; }

 private:
  GroupScales<V, P> scales_;
  const uint8_t* q_;
  PanelCodes<V, P, 32> codes_;
};

// d [P] | dmin [P] | packed [12][P] | high [32][P] | q [128][P]: bit g of high is group g's.
template <class V, int P>
class PanelQ5_K {
 public:
  static constexpr Storage storage = Storage::q5_k;
  static constexpr int block_elements = 256, group_elements = 32, block_bytes = 176 * P;
  explicit PanelQ5_K(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    scales_.block(at);
    high_ = at + 16 * P;
  }
  void group(int g) {
    scales_.group(g);
    const uint8_t* q = high_ + (32 + 32 * (g / 2)) * P;
    const auto bit = static_cast<uint8_t>(1 << g);
    if (g % 2 == 0)
      for (int i = 0; i < 32 * P; ++i) codes_.bytes[i] = (q[i] & 0xf) | (high_[i] & bit ? 0x10 : 0);
    else
      for (int i = 0; i < 32 * P; ++i) codes_.bytes[i] = (q[i] >> 4) | (high_[i] & bit ? 0x10 : 0);
  }
  V at(int i, int v) const { return scales_.step[v] * codes_.from_zero(i, v) - scales_.low[v]; }

 private:
  GroupScales<V, P> scales_;
  const uint8_t* high_;
  PanelCodes<V, P, 32> codes_;
};

// low [2][2][32][P] | high [2][32][P] | scale [16][P] | d [P]: two halves of
// four runs of 32, a run two groups.
template <class V, int P>
class PanelQ6_K {
 public:
  static constexpr Storage storage = Storage::q6_k;
  static constexpr int block_elements = 256, group_elements = 16, block_bytes = 210 * P;
  explicit PanelQ6_K(const Panels&) {}
  void block(const uint8_t* at, int64_t) {
    block_ = at;
    d_.load(at + 208 * P);
  }
  void group(int g) {
    if (g % 8 == 0) unpack_half(g / 8);
    first_ = g % 8 * group_elements;
    for (int v = 0; v < P / V::lanes; ++v)
      step_[v] = d_[v] * V::from(V::ints::load_i8(block_ + (192 + g) * P + v * V::lanes));
  }
  V at(int i, int v) const { return step_[v] * codes_.with_sign(first_ + i, v); }

 private:
  void unpack_half(int half) {
    constexpr int run = 32 * P;
    const uint8_t *low = block_ + half * 2 * run, *high = block_ + (4 + half) * run;
    uint8_t* out = codes_.bytes;
    for (int i = 0; i < run; ++i) {
      out[i] = static_cast<uint8_t>(((low[i] & 0xf) | ((high[i] & 3) << 4)) - 32);
      out[run + i] = static_cast<uint8_t>(((low[run + i] & 0xf) | ((high[i] >> 2 & 3) << 4)) - 32);
      out[2 * run + i] = static_cast<uint8_t>(((low[i] >> 4) | ((high[i] >> 4 & 3) << 4)) - 32);
      out[3 * run + i] = static_cast<uint8_t>(((low[run + i] >> 4) | ((high[i] >> 6) << 4)) - 32);
    }
  }

  int first_;
  PanelHalves<V, P> d_;
  V step_[P / V::lanes];
  const uint8_t* block_;
  PanelCodes<V, P, 128> codes_;
};

}  // namespace xling::simd
