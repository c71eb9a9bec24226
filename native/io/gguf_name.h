// How a GGUF file spells the names of its keys and tensors.
#pragma once

#include "io/gguf_cursor.h"

namespace xling {

// The most bytes of a name. It is the specification's limit for keys. Tensors' names it limits to 64, but readers
// that were built with another limit write longer ones, and nothing here depends on it.
inline constexpr uint64_t gguf_max_name = 65535;

// The name that stands next; `what` is "the key". ERR_MALFORMED_FILE if it is empty,
// too long, or not UTF-8 without NUL: no one could ask for it by name.
std::string_view read_gguf_name(GgufCursor& cursor, const char* what);

}  // namespace xling
