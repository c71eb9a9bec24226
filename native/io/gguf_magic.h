// What the first bytes of a GGUF file say: that it is one, and of which version.
#pragma once

#include "io/gguf_cursor.h"

namespace xling {

// Steps over them. ERR_UNSUPPORTED_FILE for versions other than 2 and 3, for
// numbers with the highest byte first, and for the formats that came before
// GGUF; ERR_MALFORMED_FILE for all else that is no GGUF file.
void read_gguf_magic(GgufCursor& cursor);

}  // namespace xling
