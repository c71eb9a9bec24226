// What a GGUF file says of its tensors: name, dimensions (innermost first), type,
// and where their bytes begin, counted from the first multiple of the alignment
// after the last of these entries.
#pragma once

#include <vector>

#include "io/gguf_cursor.h"
#include "io/stored_tensor.h"

namespace xling {

// Bytes of the shortest entry: a name's length, a name of one byte, no dimensions, a type, an offset.
inline constexpr uint64_t gguf_min_tensor = 8 + 1 + 4 + 4 + 8;

// Reads `count` entries; gives the tensors in the order of their bytes, which all
// lie in the file, no two over each other. Gaps are allowed: alignment makes them,
// and the format does not forbid others. No dimensions make a scalar, as in ggml;
// a dimension of 0 is refused: no model has such a tensor.
//
// ERR_MALFORMED_FILE for anything amiss; ERR_UNSUPPORTED_FILE for more than the
// four dimensions that ggml knows, and for a type whose size is not known.
std::vector<StoredTensor> read_gguf_tensors(GgufCursor& cursor, uint64_t count, uint64_t alignment);

}  // namespace xling
