// Rows of tokens, one after another without padding, as they come from the host.
#pragma once

#include <cstdint>

namespace xling {

struct PackedRows {
  const int32_t* ids;      // [offsets[rows]]
  const int32_t* offsets;  // [rows + 1], from 0, never falling
  int64_t rows;

  int64_t tokens() const { return offsets[rows]; }
};

}  // namespace xling
