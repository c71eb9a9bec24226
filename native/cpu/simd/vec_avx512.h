// Sixteen lanes in one zmm register. Only translation units built with AVX-512
// F, BW, DQ and VL include it.
#pragma once

#include <immintrin.h>

#include "cpu/simd/vec.h"

namespace xling::simd {

struct Avx512;

template <>
struct vec<16, Avx512> {
  static constexpr int lanes = 16;
  __m512 r;

  static vec splat(float value) { return {_mm512_set1_ps(value)}; }
  static vec zero() { return {_mm512_setzero_ps()}; }

  static vec load(const float* from) { return {_mm512_loadu_ps(from)}; }
  static vec load(const float* from, int count) { return {_mm512_maskz_loadu_ps(mask(count), from)}; }
  static vec load(const bfloat16* from) { return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))); }
  static vec load(const bfloat16* from, int count) { return widen(_mm256_maskz_loadu_epi16(mask(count), from)); }

  static vec load_f16(const uint8_t* from) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)))};
  }

  struct ints {
    __m512i r;
    static ints load_u8(const uint8_t* from) { return {_mm512_cvtepu8_epi32(load_128(from))}; }
    static ints load_i8(const uint8_t* from) { return {_mm512_cvtepi8_epi32(load_128(from))}; }
    static ints load_i32(const uint8_t* from) { return {_mm512_loadu_si512(from)}; }
    friend ints operator&(ints a, int b) { return {_mm512_and_si512(a.r, _mm512_set1_epi32(b))}; }
    friend ints operator|(ints a, ints b) { return {_mm512_or_si512(a.r, b.r)}; }
    friend ints operator-(ints a, int b) { return {_mm512_sub_epi32(a.r, _mm512_set1_epi32(b))}; }
    friend ints operator<<(ints a, int by) { return {_mm512_slli_epi32(a.r, static_cast<unsigned>(by))}; }
    friend ints operator>>(ints a, int by) { return {_mm512_srli_epi32(a.r, static_cast<unsigned>(by))}; }

   private:
    static __m128i load_128(const uint8_t* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }
  };
  static vec from(ints whole) { return {_mm512_cvtepi32_ps(whole.r)}; }
  static vec lookup16(const float* table, ints index) { return {_mm512_permutexvar_ps(index.r, _mm512_loadu_ps(table))}; }

  struct wides {
    __m512i r;
    static wides splat(uint32_t value) { return {_mm512_set1_epi64(value)}; }
    // in_turn's first vector has every other lane, the second one those between.
    static wides counted(uint32_t first) {
      return {_mm512_add_epi64(_mm512_set1_epi64(first), _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7))};
    }
    friend wides operator^(wides a, wides b) { return {_mm512_xor_si512(a.r, b.r)}; }
    friend wides low_product(wides a, uint32_t b) { return {_mm512_mul_epu32(a.r, _mm512_set1_epi64(b))}; }
    friend wides high(wides a) { return {_mm512_srli_epi64(a.r, 32)}; }
  };
  static void in_turn(wides a, wides b, wides c, wides d, ints& first, ints& second) {
    const __m512i ab = _mm512_mask_blend_epi32(0xaaaa, a.r, _mm512_slli_epi64(b.r, 32));
    const __m512i cd = _mm512_mask_blend_epi32(0xaaaa, c.r, _mm512_slli_epi64(d.r, 32));
    first = {_mm512_unpacklo_epi64(ab, cd)};
    second = {_mm512_unpackhi_epi64(ab, cd)};
  }
  static void parted(ints whole, wides& even, wides& odd) {
    even = {whole.r};
    odd = {_mm512_srli_epi64(whole.r, 32)};
  }
  static ints joined(wides even, wides odd) { return {_mm512_mask_blend_epi32(0xaaaa, even.r, _mm512_slli_epi64(odd.r, 32))}; }
  friend vec where_at_least(ints whole, uint32_t least, vec yes) {
    return {_mm512_maskz_mov_ps(_mm512_cmpge_epu32_mask(whole.r, _mm512_set1_epi32(static_cast<int>(least))), yes.r)};
  }

  void store(float* to) const { _mm512_storeu_ps(to, r); }
  void store(float* to, int count) const { _mm512_mask_storeu_ps(to, mask(count), r); }
  void store(bfloat16* to) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), narrow()); }
  void store(bfloat16* to, int count) const { _mm256_mask_storeu_epi16(to, mask(count), narrow()); }

  friend vec operator+(vec a, vec b) { return {_mm512_add_ps(a.r, b.r)}; }
  friend vec operator-(vec a, vec b) { return {_mm512_sub_ps(a.r, b.r)}; }
  friend vec operator*(vec a, vec b) { return {_mm512_mul_ps(a.r, b.r)}; }
  friend vec operator/(vec a, vec b) { return {_mm512_div_ps(a.r, b.r)}; }
  friend vec where_less(vec a, vec b, vec yes, vec no) {
    return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.r, b.r, _CMP_LT_OQ), no.r, yes.r)};
  }
  friend vec add_exponent(vec a, vec n) {
    const __m512i shifted = _mm512_slli_epi32(_mm512_castps_si512(n.r), 23);
    return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a.r), shifted))};
  }
  friend vec fma(vec a, vec b, vec c) { return {_mm512_fmadd_ps(a.r, b.r, c.r)}; }
  friend vec max(vec a, vec b) { return {_mm512_max_ps(a.r, b.r)}; }

  friend vec sqrt(vec a) { return {_mm512_sqrt_ps(a.r)}; }

  // Through memory: registers' own shuffles take four rounds of sixteen.
  static void transpose(vec (&v)[16]) {
    alignas(64) float square[16][16];
    for (int i = 0; i < 16; ++i) _mm512_store_ps(square[i], v[i].r);
    const __m512i column = _mm512_setr_epi32(0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240);
    for (int i = 0; i < 16; ++i) v[i].r = _mm512_i32gather_ps(column, &square[0][i], 4);
  }

  float sum() const {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(r), _mm512_extractf32x8_ps(r, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }

 private:
  static __mmask16 mask(int count) { return static_cast<__mmask16>((1u << count) - 1u); }
  static vec widen(__m256i halves) {
    return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16))};
  }
  // Rounds to nearest even; NaNs stay NaNs.
  __m256i narrow() const {
    const __m512i bits = _mm512_castps_si512(r);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
    const __m512i quiet = _mm512_or_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(0x40));
    const __mmask16 nan = _mm512_cmp_ps_mask(r, r, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(_mm512_mask_blend_epi32(nan, rounded, quiet));
  }
};

}  // namespace xling::simd
