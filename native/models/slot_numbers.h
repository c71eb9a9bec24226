// Numbers as a file has them, brought to the order and the meaning that a slot
// has: Hugging Face's.
#pragma once

#include <vector>

#include "models/model_weights.h"

namespace xling {

struct SlotChange {
  // Rows of queries or keys, [heads * D, H], of which a file may have each head's
  // as the pairs that a rotation by neighbours turns: row 2 i + j of a head is the
  // slot's row j D/2 + i. Whole rows move, so any storage that is row by row will do.
  int64_t paired_heads = 0;  // 0: the rows are as they are in the slot
  float shift = 0;           // added to every number of a vector
};

// The bytes of the slot's numbers, in the storage they came in; nothing if there is nothing to change.
// ERR_UNSUPPORTED_FILE, naming `where`, for a storage in which the change cannot be made.
std::vector<uint8_t> changed_numbers(const Slot& slot, const ModelWeights::Numbers& numbers, const SlotChange& change,
                                     const std::string& where);

}  // namespace xling
