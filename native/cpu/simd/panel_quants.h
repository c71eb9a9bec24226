// Panels of GGUF's blocks of 32. Formulas: cpu/decode/{q4,q5,q8_0}.h.
#pragma once

#include "cpu/simd/panel_numbers.h"

namespace xling::simd {

// d [P] | q [32][P]
template <class V, int P>
class PanelQ8_0 {
 public:
  static constexpr Storage storage = Storage::q8_0;
  static constexpr int block_elements = 32, group_elements = 32, block_bytes = 34 * P;
  PanelQ8_0(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    d_ = V::load_f16(at + 2 * lane_);
    q_ = at + 2 * P + lane_;
  }
  void group(int) {}
  V at(int i) const { return V::from(V::ints::load_i8(q_ + i * P)) * d_; }

 private:
  int lane_;
  V d_;
  const uint8_t* q_;
};

// d [P] | q [16][P]: a group is the low nibbles, then the high ones.
template <class V, int P>
class PanelQ4_0 {
 public:
  static constexpr Storage storage = Storage::q4_0;
  static constexpr int block_elements = 32, group_elements = 16, block_bytes = 18 * P;
  PanelQ4_0(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    d_ = V::load_f16(at + 2 * lane_);
    q_ = at + 2 * P + lane_;
  }
  void group(int index) { shift_ = 4 * index; }
  V at(int i) const { return d_ * V::from(((V::ints::load_u8(q_ + i * P) >> shift_) & 0xf) - 8); }

 private:
  int lane_, shift_;
  V d_;
  const uint8_t* q_;
};

// d [P] | m [P] | q [16][P]
template <class V, int P>
class PanelQ4_1 {
 public:
  static constexpr Storage storage = Storage::q4_1;
  static constexpr int block_elements = 32, group_elements = 16, block_bytes = 20 * P;
  PanelQ4_1(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    d_ = V::load_f16(at + 2 * lane_);
    m_ = V::load_f16(at + 2 * P + 2 * lane_);
    q_ = at + 4 * P + lane_;
  }
  void group(int index) { shift_ = 4 * index; }
  V at(int i) const { return d_ * V::from((V::ints::load_u8(q_ + i * P) >> shift_) & 0xf) + m_; }

 private:
  int lane_, shift_;
  V d_, m_;
  const uint8_t* q_;
};

// The fifth bits are one word per output: the lowest is the next element's.
template <class V, int P>
class FiveBits {
 public:
  using Ints = typename V::ints;
  void block(const uint8_t* high, const uint8_t* low) {
    high_ = Ints::load_i32(high);
    low_ = low;
  }
  void group(int index) { shift_ = 4 * index; }
  Ints next(int i) {
    const Ints fifth = (high_ & 1) << 4;
    high_ = high_ >> 1;
    return ((Ints::load_u8(low_ + i * P) >> shift_) & 0xf) | fifth;
  }

 private:
  int shift_;
  Ints high_;
  const uint8_t* low_;
};

// d [P] | high [P] | low [16][P]
template <class V, int P>
class PanelQ5_0 {
 public:
  static constexpr Storage storage = Storage::q5_0;
  static constexpr int block_elements = 32, group_elements = 16, block_bytes = 22 * P;
  PanelQ5_0(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    d_ = V::load_f16(at + 2 * lane_);
    codes_.block(at + 2 * P + 4 * lane_, at + 6 * P + lane_);
  }
  void group(int index) { codes_.group(index); }
  V at(int i) { return d_ * V::from(codes_.next(i) - 16); }

 private:
  int lane_;
  V d_;
  FiveBits<V, P> codes_;
};

// d [P] | m [P] | high [P] | low [16][P]
template <class V, int P>
class PanelQ5_1 {
 public:
  static constexpr Storage storage = Storage::q5_1;
  static constexpr int block_elements = 32, group_elements = 16, block_bytes = 24 * P;
  PanelQ5_1(const Panels&, int lane) : lane_(lane) {}
  void block(const uint8_t* at, int64_t) {
    d_ = V::load_f16(at + 2 * lane_);
    m_ = V::load_f16(at + 2 * P + 2 * lane_);
    codes_.block(at + 4 * P + 4 * lane_, at + 8 * P + lane_);
  }
  void group(int index) { codes_.group(index); }
  V at(int i) { return d_ * V::from(codes_.next(i)) + m_; }

 private:
  int lane_;
  V d_, m_;
  FiveBits<V, P> codes_;
};

}  // namespace xling::simd
