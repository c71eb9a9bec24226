// A value of a GGUF file's metadata: where it stands, and how its bytes are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace xling {

// By the number that files have for it.
enum class GgufValueType : uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };

inline constexpr uint32_t gguf_value_type_count = static_cast<uint32_t>(GgufValueType::f64) + 1;

struct GgufValue {
  GgufValueType type = GgufValueType::u8;
  GgufValueType item = GgufValueType::u8;  // of an array, never an array itself; else the type
  uint64_t count = 1;                      // items of an array; else 1
  // In the file, without type and count; a string's begin with its length.
  size_t offset = 0, bytes = 0;
};

// "u8", "bool", "string", …
const char* name_of(GgufValueType type) noexcept;

// 1 to 8; 0 for a string and an array, which have no size of their own.
size_t bytes_of(GgufValueType type) noexcept;

// The number, or 0 or 1 for a boolean, with these bytes (little-endian): nothing
// for a u64 or i64 beyond ±2^53, of which a double does not hold all.
std::optional<double> exact_number(GgufValueType type, uint64_t bits) noexcept;

}  // namespace xling
