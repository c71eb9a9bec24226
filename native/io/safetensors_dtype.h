// The element types that a safetensors file can name (version 0.8 of the format's
// own library), and which of them are storages that the engine reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/storage.h"

namespace xling {

enum class SafetensorsDtype : int32_t {
  boolean,
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  u64,
  i64,
  f16,
  bf16,
  f32,
  f64,
  c64,
  f8_e5m2,
  f8_e4m3,
  f8_e8m0,
  f8_e4m3fnuz,
  f8_e5m2fnuz,
  f6_e2m3,
  f6_e3m2,
  f4,
};

// "BF16": as files spell it.
const char* name_of(SafetensorsDtype dtype) noexcept;

// The dtype that files spell so, if there is one.
std::optional<SafetensorsDtype> parse_safetensors_dtype(std::string_view name) noexcept;

// Every name, separated by spaces.
std::string safetensors_dtype_names();

// Bits of a dense tensor. Elements of 4 or 6 bits are packed, so this need not be
// a multiple of 8; a file must not hold such a tensor. Nothing if the dimensions
// other than 0 multiply to more than 2^64 - 1 bits.
std::optional<uint64_t> dense_bits(SafetensorsDtype dtype, const std::vector<int64_t>& shape) noexcept;

// The storage whose bytes such a tensor holds; nothing for what the engine does not read.
std::optional<Storage> storage_of(SafetensorsDtype dtype) noexcept;

}  // namespace xling
