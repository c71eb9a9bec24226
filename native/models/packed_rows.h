// Rows of tokens, one after another without padding, as they come from the host.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/attention.h"

namespace xling {

struct PackedRows {
  const int32_t* ids;      // [offsets[rows]]
  const int32_t* offsets;  // [rows + 1], from 0, never falling
  int64_t rows;

  int64_t tokens() const { return offsets[rows]; }
};

// Rows that go on from what a cache holds of them: row r is the tokens at
// positions starts[r] … of slot slots[r].
struct Continuation {
  const int32_t* slots;   // [rows]
  const int32_t* starts;  // [rows]
  const std::vector<LayerCache>& layers;
};

}  // namespace xling
