// Rows of tokens, one after another without padding, as they come from the host.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/block_rows.h"

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

// What a model can be asked about.
struct RowLimits {
  int64_t vocab_size;
  int64_t max_positions;
};

// ERR_INVALID_ARGUMENT for an id that is none and for a row longer than the context, naming row and place. Starts are
// those of rows that go on; null: all are whole.
void check_rows(const PackedRows& rows, const RowLimits& limits, const int32_t* starts = nullptr);

// Each token's place in its row, [T].
std::vector<int32_t> places_of(const PackedRows& rows, const int32_t* starts = nullptr);

}  // namespace xling
