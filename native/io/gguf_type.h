// The tensor types that a GGUF file can name by number, and which of them are
// storages that the engine reads.
//
// Numbers, block sizes and bytes: ggml's ggml_type and GGML_QUANT_SIZES of its
// Python package gguf 0.19.0. Numbers that are missing here were given
// up (4, 5, 31 to 33, 36 to 38), or are younger than this table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/storage.h"

namespace xling {

struct GgufType {
  uint32_t number;
  const char* name;             // "Q4_K": as ggml spells it
  uint64_t elements_per_block;  // neighbours in a row that share a scale
  uint64_t bytes_per_block;
  std::optional<Storage> storage;  // nothing for what the engine does not read
};

// nullptr if there is no such type. What it points to lives as long as the process.
const GgufType* find_gguf_type(uint32_t number) noexcept;

// The names of the types that the engine reads, separated by ", ".
std::string gguf_types_read();

}  // namespace xling
