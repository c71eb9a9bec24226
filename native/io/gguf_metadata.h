// The key-values of a GGUF file: a key, a type, a value, one after another.
#pragma once

#include <map>
#include <string>

#include "io/gguf_cursor.h"
#include "io/gguf_value.h"

namespace xling {

// Bytes of the shortest one: a key's length, a key of one byte, a type, a value of one byte.
inline constexpr uint64_t gguf_min_key_value = 8 + 1 + 4 + 1;

// Reads `count` of them; values are stepped over, and of what they hold only
// lengths and booleans are looked at. ERR_MALFORMED_FILE for a bad name, a key
// that stands twice, a type that is none, a boolean other than 0 and 1, and
// whatever the file is too short for. ERR_UNSUPPORTED_FILE for an array of
// arrays: no model needs one, and it would let a file nest them at will.
std::map<std::string, GgufValue> read_gguf_metadata(GgufCursor& cursor, uint64_t count);

}  // namespace xling
