// IEEE half precision, which files and GGUF's scales use. No arithmetic is done
// in it: it is widened on reading and rounded on writing.
#pragma once

#include <cstdint>
#include <cstring>

namespace xling {

// 1 sign, 5 exponent (bias 15) and 10 fraction bits.
struct float16 {
  uint16_t bits;
};

// Exact; infinities and NaNs (with their payload) stay what they are.
inline float to_f32(float16 value) {
  const uint32_t sign = (value.bits & 0x8000u) << 16;
  const uint32_t exponent = (value.bits >> 10) & 0x1fu;
  const uint32_t fraction = value.bits & 0x3ffu;
  uint32_t wide;
  if (exponent == 0) {
    // Zero or subnormal: fraction * 2^-24, which f32 holds as a normal number.
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    std::memcpy(&wide, &magnitude, sizeof wide);
  } else if (exponent == 0x1f) {
    wide = 0x7f800000u | (fraction << 13);
  } else {
    wide = ((exponent + 112) << 23) | (fraction << 13);
  }
  wide |= sign;
  float out;
  std::memcpy(&out, &wide, sizeof out);
  return out;
}

// Round to nearest, ties to even; overflows to infinity; a NaN stays a (quiet) NaN.
inline float16 to_f16(float value) {
  uint32_t wide;
  std::memcpy(&wide, &value, sizeof wide);
  const uint32_t sign = (wide >> 16) & 0x8000u;
  const uint32_t magnitude = wide & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return {static_cast<uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu))};
  if (magnitude >= 0x47800000u) return {static_cast<uint16_t>(sign | 0x7c00u)};  // 2^16 and more
  if (magnitude < 0x38800000u) {
    // Below 2^-14: adding 0.5 leaves the multiples of 2^-24 in the low bits, rounded by the addition.
    float small;
    std::memcpy(&small, &magnitude, sizeof small);
    small += 0.5f;
    std::memcpy(&wide, &small, sizeof wide);
    return {static_cast<uint16_t>(sign | (wide - 0x3f000000u))};
  }
  // A carry out of the fraction raises the exponent, up to infinity.
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return {static_cast<uint16_t>(sign | ((rounded - (112u << 23)) >> 13))};
}

}  // namespace xling
