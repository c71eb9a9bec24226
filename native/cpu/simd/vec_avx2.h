// Eight lanes in one ymm register. Only translation units built with AVX2, FMA
// and F16C include it.
#pragma once

#include <immintrin.h>

#include "cpu/simd/vec.h"

namespace xling::simd {

struct Avx2;

template <>
struct vec<8, Avx2> {
  static constexpr int lanes = 8;
  __m256 r;

  static vec splat(float value) { return {_mm256_set1_ps(value)}; }
  static vec zero() { return {_mm256_setzero_ps()}; }

  static vec load(const float* from) { return {_mm256_loadu_ps(from)}; }
  static vec load(const float* from, int count) { return {_mm256_maskload_ps(from, mask(count))}; }
  static vec load(const bfloat16* from) { return widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))); }
  static vec load(const bfloat16* from, int count) {
    alignas(16) uint16_t part[8] = {};
    std::memcpy(part, from, 2u * static_cast<unsigned>(count));
    return widen(_mm_load_si128(reinterpret_cast<const __m128i*>(part)));
  }

  static vec load_f16(const uint8_t* from) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)))};
  }

  struct ints {
    __m256i r;
    static ints load_u8(const uint8_t* from) { return {_mm256_cvtepu8_epi32(load_64(from))}; }
    static ints load_i8(const uint8_t* from) { return {_mm256_cvtepi8_epi32(load_64(from))}; }
    static ints load_i32(const uint8_t* from) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))}; }
    friend ints operator&(ints a, int b) { return {_mm256_and_si256(a.r, _mm256_set1_epi32(b))}; }
    friend ints operator|(ints a, ints b) { return {_mm256_or_si256(a.r, b.r)}; }
    friend ints operator-(ints a, int b) { return {_mm256_sub_epi32(a.r, _mm256_set1_epi32(b))}; }
    friend ints operator<<(ints a, int by) { return {_mm256_slli_epi32(a.r, by)}; }
    friend ints operator>>(ints a, int by) { return {_mm256_srli_epi32(a.r, by)}; }

   private:
    static __m128i load_64(const uint8_t* from) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)); }
  };
  static vec from(ints whole) { return {_mm256_cvtepi32_ps(whole.r)}; }
  // Both halves of the table, then the one that the index's fourth bit names.
  static vec lookup16(const float* table, ints index) {
    const __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), index.r);
    const __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), index.r);
    return {_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(index.r, 28)))};
  }

  struct wides {
    __m256i r;
    static wides splat(uint32_t value) { return {_mm256_set1_epi64x(value)}; }
    // in_turn's first vector has every other lane, the second one those between.
    static wides counted(uint32_t first) {
      return {_mm256_add_epi64(_mm256_set1_epi64x(first), _mm256_setr_epi64x(0, 2, 1, 3))};
    }
    friend wides operator^(wides a, wides b) { return {_mm256_xor_si256(a.r, b.r)}; }
    friend wides low_product(wides a, uint32_t b) { return {_mm256_mul_epu32(a.r, _mm256_set1_epi64x(b))}; }
    friend wides high(wides a) { return {_mm256_srli_epi64(a.r, 32)}; }
  };
  static void in_turn(wides a, wides b, wides c, wides d, ints& first, ints& second) {
    const __m256i ab = _mm256_blend_epi32(a.r, _mm256_slli_epi64(b.r, 32), 0xaa);
    const __m256i cd = _mm256_blend_epi32(c.r, _mm256_slli_epi64(d.r, 32), 0xaa);
    first = {_mm256_unpacklo_epi64(ab, cd)};
    second = {_mm256_unpackhi_epi64(ab, cd)};
  }
  static void parted(ints whole, wides& even, wides& odd) {
    even = {whole.r};
    odd = {_mm256_srli_epi64(whole.r, 32)};
  }
  static ints joined(wides even, wides odd) { return {_mm256_blend_epi32(even.r, _mm256_slli_epi64(odd.r, 32), 0xaa)}; }
  friend vec where_at_least(ints whole, uint32_t least, vec yes) {
    const __m256i larger = _mm256_max_epu32(whole.r, _mm256_set1_epi32(static_cast<int>(least)));
    return {_mm256_and_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(larger, whole.r)), yes.r)};
  }

  void store(float* to) const { _mm256_storeu_ps(to, r); }
  void store(float* to, int count) const { _mm256_maskstore_ps(to, mask(count), r); }
  void store(bfloat16* to) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), narrow()); }
  void store(bfloat16* to, int count) const {
    alignas(16) uint16_t part[8];
    _mm_store_si128(reinterpret_cast<__m128i*>(part), narrow());
    std::memcpy(to, part, 2u * static_cast<unsigned>(count));
  }

  friend vec operator+(vec a, vec b) { return {_mm256_add_ps(a.r, b.r)}; }
  friend vec operator-(vec a, vec b) { return {_mm256_sub_ps(a.r, b.r)}; }
  friend vec operator*(vec a, vec b) { return {_mm256_mul_ps(a.r, b.r)}; }
  friend vec operator/(vec a, vec b) { return {_mm256_div_ps(a.r, b.r)}; }
  friend vec where_less(vec a, vec b, vec yes, vec no) {
    return {_mm256_blendv_ps(no.r, yes.r, _mm256_cmp_ps(a.r, b.r, _CMP_LT_OQ))};
  }
  friend vec add_exponent(vec a, vec n) {
    const __m256i shifted = _mm256_slli_epi32(_mm256_castps_si256(n.r), 23);
    return {_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a.r), shifted))};
  }
  friend vec fma(vec a, vec b, vec c) { return {_mm256_fmadd_ps(a.r, b.r, c.r)}; }
  friend vec max(vec a, vec b) { return {_mm256_max_ps(a.r, b.r)}; }

  friend vec sqrt(vec a) { return {_mm256_sqrt_ps(a.r)}; }

  // Pairs, then fours, then halves of registers change places.
  static void transpose(vec (&v)[8]) {
    __m256 pairs[8], fours[8];
    for (int i = 0; i < 8; i += 2) {
      pairs[i] = _mm256_unpacklo_ps(v[i].r, v[i + 1].r);
      pairs[i + 1] = _mm256_unpackhi_ps(v[i].r, v[i + 1].r);
    }
    for (int i = 0; i < 8; i += 4)
      for (int j = 0; j < 2; ++j) {
        fours[i + 2 * j] = _mm256_shuffle_ps(pairs[i + j], pairs[i + j + 2], 0x44);
        fours[i + 2 * j + 1] = _mm256_shuffle_ps(pairs[i + j], pairs[i + j + 2], 0xee);
      }
    for (int i = 0; i < 4; ++i) {
      v[i].r = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
      v[i + 4].r = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
    }
  }

  float sum() const {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(r), _mm256_extractf128_ps(r, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }

 private:
  static __m256i mask(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static vec widen(__m128i halves) {
    return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16))};
  }
  // Rounds to nearest even; NaNs stay NaNs.
  __m128i narrow() const {
    const __m256i bits = _mm256_castps_si256(r);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff))), 16);
    const __m256i quiet = _mm256_or_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(0x40));
    const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(r, r, _CMP_UNORD_Q));
    const __m256i out = _mm256_blendv_epi8(rounded, quiet, nan);
    return _mm_packus_epi32(_mm256_castsi256_si128(out), _mm256_extracti128_si256(out, 1));
  }
};

}  // namespace xling::simd
