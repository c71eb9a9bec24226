// Element types of activations and parameters. Quantised storages are a
// property of a matrix, not a dtype: they never describe a single element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/error.h"

namespace xling {

// u8 is raw bytes: a matrix in a quantised storage.
enum class DType : int32_t { f32 = 0, bf16 = 1, i32 = 2, u8 = 3 };

// The upper half of an IEEE float.
struct bfloat16 {
  uint16_t bits;
};

inline float to_f32(float value) { return value; }

inline float to_f32(bfloat16 value) {
  const uint32_t wide = uint32_t{value.bits} << 16;
  float out;
  std::memcpy(&out, &wide, sizeof out);
  return out;
}

// Round to nearest, ties to even; a NaN stays a (quiet) NaN.
inline bfloat16 to_bf16(float value) {
  uint32_t wide;
  std::memcpy(&wide, &value, sizeof wide);
  if ((wide & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>((wide >> 16) | 0x40u)};
  return {static_cast<uint16_t>((wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16)};
}

inline size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return 4;
    case DType::bf16: return 2;
    case DType::i32: return 4;
    case DType::u8: return 1;
  }
  fail(ErrorCode::invalid_dtype, "there is no dtype number ", static_cast<int32_t>(dtype));
}

inline const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return "f32";
    case DType::bf16: return "bf16";
    case DType::i32: return "i32";
    case DType::u8: return "u8";
  }
  return "unknown dtype";
}

}  // namespace xling
