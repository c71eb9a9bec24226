// vec<N, Isa>: N float lanes. Kernels are written once against it; each ISA
// gives it registers, and this array version gives every N to any machine.
//
// What all versions share, so that they agree to the last bit where their
// arithmetic does: loads of a partial vector fill with zero and never touch
// memory past `count`, sum() adds halves (lane i + lane i+N/2) until one is left,
// and a comparison with NaN is false.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/float16.h"

namespace xling {

struct bfloat16;

namespace simd {

// The array version, with the multiply-add of `Arithmetic`.
template <int N, class Arithmetic>
struct vec {
  static constexpr int lanes = N;
  float lane[N];

  static vec splat(float value) {
    vec out;
    for (int i = 0; i < N; ++i) out.lane[i] = value;
    return out;
  }
  static vec zero() { return splat(0.0f); }

  static vec load(const float* from) { return load(from, N); }
  static vec load(const float* from, int count) {
    vec out = zero();
    std::memcpy(out.lane, from, sizeof(float) * static_cast<unsigned>(count));
    return out;
  }
  static vec load(const bfloat16* from) { return load(from, N); }
  static vec load(const bfloat16* from, int count) {
    uint32_t bits[N] = {};
    for (int i = 0; i < count; ++i) {
      uint16_t half;
      std::memcpy(&half, reinterpret_cast<const char*>(from) + 2 * i, 2);
      bits[i] = uint32_t{half} << 16;
    }
    vec out;
    std::memcpy(out.lane, bits, sizeof bits);
    return out;
  }

  // N halves of IEEE precision, at any address.
  static vec load_f16(const uint8_t* from) {
    vec out;
    for (int i = 0; i < N; ++i) {
      float16 half;
      std::memcpy(&half, from + 2 * i, 2);
      out.lane[i] = to_f32(half);
    }
    return out;
  }

  // N whole numbers on their way to becoming floats.
  struct ints {
    int32_t lane[N];
    static ints load_u8(const uint8_t* from) { return each([&](int i) { return int32_t{from[i]}; }); }
    static ints load_i8(const uint8_t* from) { return each([&](int i) { return int32_t{static_cast<int8_t>(from[i])}; }); }
    static ints load_i32(const uint8_t* from) {
      ints out;
      std::memcpy(out.lane, from, sizeof out.lane);
      return out;
    }
    friend ints operator&(ints a, int b) { return each([&](int i) { return a.lane[i] & b; }); }
    friend ints operator|(ints a, ints b) { return each([&](int i) { return a.lane[i] | b.lane[i]; }); }
    friend ints operator-(ints a, int b) { return each([&](int i) { return a.lane[i] - b; }); }
    friend ints operator<<(ints a, int by) { return each([&](int i) { return a.lane[i] << by; }); }  // of numbers from 0
    friend ints operator>>(ints a, int by) {  // zeros come in
      return each([&](int i) { return static_cast<int32_t>(static_cast<uint32_t>(a.lane[i]) >> by); });
    }

    template <class Of>
    static ints each(const Of& of) {
      ints out;
      for (int i = 0; i < N; ++i) out.lane[i] = of(i);
      return out;
    }
  };
  static vec from(ints whole) {
    vec out;
    for (int i = 0; i < N; ++i) out.lane[i] = static_cast<float>(whole.lane[i]);
    return out;
  }
  // table[index], index from 0 to 15.
  static vec lookup16(const float* table, ints index) {
    vec out;
    for (int i = 0; i < N; ++i) out.lane[i] = table[index.lane[i]];
    return out;
  }

  // N/2 numbers of 32 bits, each in the lower half of 64: a product of two needs all.
  struct wides {
    uint64_t lane[N / 2];
    static wides splat(uint32_t value) { return each([&](int) { return uint64_t{value}; }); }
    // first, first + 1, ..., in the order of lanes that in_turn wants.
    static wides counted(uint32_t first) { return each([&](int i) { return uint64_t{first + static_cast<uint32_t>(i)}; }); }
    friend wides operator^(wides a, wides b) { return each([&](int i) { return a.lane[i] ^ b.lane[i]; }); }
    // Of the lower halves of a.
    friend wides low_product(wides a, uint32_t b) {
      return each([&](int i) { return (a.lane[i] & 0xffffffffu) * b; });
    }
    friend wides high(wides a) { return each([&](int i) { return a.lane[i] >> 32; }); }

    template <class Of>
    static wides each(const Of& of) {
      wides out;
      for (int i = 0; i < N / 2; ++i) out.lane[i] = of(i);
      return out;
    }
  };
  // The lower halves a0 b0 c0 d0 a1 b1 ..., numbered as `counted` does, in two vectors.
  static void in_turn(wides a, wides b, wides c, wides d, ints& first, ints& second) {
    const wides* fours[] = {&a, &b, &c, &d};
    const auto word = [&](int i) { return static_cast<int32_t>(static_cast<uint32_t>(fours[i % 4]->lane[i / 4])); };
    first = ints::each(word);
    second = ints::each([&](int i) { return word(N + i); });
  }
  // Numbers 0, 2, 4, ... and 1, 3, 5, ...; the upper halves may be anything.
  static void parted(ints whole, wides& even, wides& odd) {
    const auto number = [&](int i) { return uint64_t{static_cast<uint32_t>(whole.lane[i])}; };
    even = wides::each([&](int i) { return number(2 * i); });
    odd = wides::each([&](int i) { return number(2 * i + 1); });
  }
  // The lower halves, as `parted` found them.
  static ints joined(wides even, wides odd) {
    return ints::each([&](int i) { return static_cast<int32_t>(static_cast<uint32_t>((i % 2 ? odd : even).lane[i / 2])); });
  }
  // `yes` where a whole number, taken as unsigned, is at least `least`; elsewhere 0.
  friend vec where_at_least(ints whole, uint32_t least, vec yes) {
    for (int i = 0; i < N; ++i) yes.lane[i] = static_cast<uint32_t>(whole.lane[i]) >= least ? yes.lane[i] : 0.0f;
    return yes;
  }

  void store(float* to) const { store(to, N); }
  void store(float* to, int count) const { std::memcpy(to, lane, sizeof(float) * static_cast<unsigned>(count)); }
  void store(bfloat16* to) const { store(to, N); }
  void store(bfloat16* to, int count) const {
    for (int i = 0; i < count; ++i) {
      uint32_t bits;
      std::memcpy(&bits, &lane[i], 4);
      const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
      const uint16_t half = static_cast<uint16_t>(nan ? (bits >> 16) | 0x40u : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
      std::memcpy(reinterpret_cast<char*>(to) + 2 * i, &half, 2);
    }
  }

  friend vec operator+(vec a, vec b) {
    for (int i = 0; i < N; ++i) a.lane[i] += b.lane[i];
    return a;
  }
  friend vec operator-(vec a, vec b) {
    for (int i = 0; i < N; ++i) a.lane[i] -= b.lane[i];
    return a;
  }
  friend vec operator*(vec a, vec b) {
    for (int i = 0; i < N; ++i) a.lane[i] *= b.lane[i];
    return a;
  }
  friend vec operator/(vec a, vec b) {
    for (int i = 0; i < N; ++i) a.lane[i] /= b.lane[i];
    return a;
  }
  // Where a < b, yes; elsewhere, also where either is NaN, no.
  friend vec where_less(vec a, vec b, vec yes, vec no) {
    for (int i = 0; i < N; ++i) no.lane[i] = a.lane[i] < b.lane[i] ? yes.lane[i] : no.lane[i];
    return no;
  }
  // The bits of a plus those of n << 23, modulo 2^32: n's low bits are added to a's exponent.
  friend vec add_exponent(vec a, vec n) {
    uint32_t bits[N], shifted[N];
    std::memcpy(bits, a.lane, sizeof bits);
    std::memcpy(shifted, n.lane, sizeof shifted);
    for (int i = 0; i < N; ++i) bits[i] += shifted[i] << 23;
    std::memcpy(a.lane, bits, sizeof bits);
    return a;
  }
  // a·b + c
  friend vec fma(vec a, vec b, vec c) {
    for (int i = 0; i < N; ++i) c.lane[i] = Arithmetic::multiply_add(a.lane[i], b.lane[i], c.lane[i]);
    return c;
  }
  // a > b ? a : b, so b where either is NaN.
  friend vec max(vec a, vec b) {
    for (int i = 0; i < N; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }

  friend vec sqrt(vec a) {
    for (int i = 0; i < N; ++i) a.lane[i] = __builtin_sqrtf(a.lane[i]);
    return a;
  }

  // N vectors as the rows of a square: row i becomes column i.
  static void transpose(vec (&rows)[N]) {
    for (int i = 0; i < N; ++i)
      for (int j = 0; j < i; ++j) {
        const float swapped = rows[i].lane[j];
        rows[i].lane[j] = rows[j].lane[i];
        rows[j].lane[i] = swapped;
      }
  }

  float sum() const {
    vec t = *this;
    for (int half = N / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) t.lane[i] += t.lane[i + half];
    return t.lane[0];
  }
};

}  // namespace simd
}  // namespace xling
