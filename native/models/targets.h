// Tokens that are scored, and what each should be.
#pragma once

#include "models/packed_rows.h"

namespace xling {

struct Targets {
  std::vector<int32_t> tokens;  // places in the packed rows, from which the label is guessed
  std::vector<int32_t> labels;
};

// Of labels [T], which are aligned with ids; -100 is no label. ERR_INVALID_ARGUMENT for one that is no id, naming row
// and place; ERR_NO_LABELS if nothing is left.

// The label at t is guessed from t - 1, so a row's first is ignored.
Targets next_token_targets(const PackedRows& rows, const int32_t* labels, int64_t vocab_size);

// Each is guessed from its own place.
Targets masked_targets(const PackedRows& rows, const int32_t* labels, int64_t vocab_size);

}  // namespace xling
