#include "io/safetensors_dtype.h"

namespace xling {

namespace {

struct Row {
  SafetensorsDtype dtype;
  const char* name;
  uint64_t bits;
};

using Dtype = SafetensorsDtype;

// In the enum's order.
constexpr Row rows[] = {
    {Dtype::boolean, "BOOL", 8},
    {Dtype::u8, "U8", 8},
    {Dtype::i8, "I8", 8},
    {Dtype::u16, "U16", 16},
    {Dtype::i16, "I16", 16},
    {Dtype::u32, "U32", 32},
    {Dtype::i32, "I32", 32},
    {Dtype::u64, "U64", 64},
    {Dtype::i64, "I64", 64},
    {Dtype::f16, "F16", 16},
    {Dtype::bf16, "BF16", 16},
    {Dtype::f32, "F32", 32},
    {Dtype::f64, "F64", 64},
    {Dtype::c64, "C64", 64},
    {Dtype::f8_e5m2, "F8_E5M2", 8},
    {Dtype::f8_e4m3, "F8_E4M3", 8},
    {Dtype::f8_e8m0, "F8_E8M0", 8},
    {Dtype::f8_e4m3fnuz, "F8_E4M3FNUZ", 8},
    {Dtype::f8_e5m2fnuz, "F8_E5M2FNUZ", 8},
    {Dtype::f6_e2m3, "F6_E2M3", 6},
    {Dtype::f6_e3m2, "F6_E3M2", 6},
    {Dtype::f4, "F4", 4},
};

constexpr bool in_order() {
  int32_t number = 0;
  for (const Row& row : rows)
    if (static_cast<int32_t>(row.dtype) != number++) return false;
  return true;
}
static_assert(in_order(), "a dtype's number is its row");

}  // namespace

const char* name_of(SafetensorsDtype dtype) noexcept { return rows[static_cast<int32_t>(dtype)].name; }

std::optional<SafetensorsDtype> parse_safetensors_dtype(std::string_view name) noexcept {
  for (const Row& row : rows)
    if (name == row.name) return row.dtype;
  return std::nullopt;
}

std::string safetensors_dtype_names() {
  std::string all;
  for (const Row& row : rows) all += (all.empty() ? "" : " ") + std::string(row.name);
  return all;
}

std::optional<uint64_t> dense_bits(SafetensorsDtype dtype, const std::vector<int64_t>& shape) noexcept {
  uint64_t bits = rows[static_cast<int32_t>(dtype)].bits;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size == 0)
      empty = true;
    else if (__builtin_mul_overflow(bits, static_cast<uint64_t>(size), &bits))
      return std::nullopt;
  }
  return empty ? 0 : bits;
}

std::optional<Storage> storage_of(SafetensorsDtype dtype) noexcept {
  switch (dtype) {
    case Dtype::f32: return Storage::f32;
    case Dtype::bf16: return Storage::bf16;
    case Dtype::f16: return Storage::f16;
    default: return std::nullopt;
  }
}

}  // namespace xling
