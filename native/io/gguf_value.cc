#include "io/gguf_value.h"

#include <cstring>

namespace xling {

namespace {

struct Row {
  const char* name;
  size_t bytes;
};

// By the type's number.
constexpr Row rows[gguf_value_type_count] = {
    {"u8", 1},   {"i8", 1},     {"u16", 2},   {"i16", 2}, {"u32", 4}, {"i32", 4}, {"f32", 4},
    {"bool", 1}, {"string", 0}, {"array", 0}, {"u64", 8}, {"i64", 8}, {"f64", 8},
};

constexpr int64_t largest = int64_t{1} << 53;

template <class Float, class Bits>
double float_of(Bits bits) {
  Float number;
  static_assert(sizeof number == sizeof bits);
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

}  // namespace

const char* name_of(GgufValueType type) noexcept { return rows[static_cast<uint32_t>(type)].name; }

size_t bytes_of(GgufValueType type) noexcept { return rows[static_cast<uint32_t>(type)].bytes; }

std::optional<double> exact_number(GgufValueType type, uint64_t bits) noexcept {
  switch (type) {
    case GgufValueType::i8: return static_cast<int8_t>(bits);
    case GgufValueType::i16: return static_cast<int16_t>(bits);
    case GgufValueType::i32: return static_cast<int32_t>(bits);
    case GgufValueType::f32: return float_of<float>(static_cast<uint32_t>(bits));
    case GgufValueType::f64: return float_of<double>(bits);
    case GgufValueType::i64: {
      const auto number = static_cast<int64_t>(bits);
      if (number < -largest || number > largest) return std::nullopt;
      return static_cast<double>(number);
    }
    default:
      if (bits > static_cast<uint64_t>(largest)) return std::nullopt;
      return static_cast<double>(bits);
  }
}

}  // namespace xling
