#include "io/gguf_magic.h"

#include "io/shown.h"

namespace xling {

namespace {

constexpr ErrorCode unsupported = ErrorCode::unsupported_file;

constexpr char big_endian[] =
    "holds its numbers with the highest byte first (big-endian); turn them round with 'gguf-convert-endian' of Python's "
    "gguf, or download another file";

// ggml's formats before GGUF, as numbers whose lowest byte stands first in the
// file; some writers put the letters in order.
bool is_older(std::string_view magic) {
  for (const char* older : {"ggml", "ggmf", "ggjt", "ggla"}) {
    const std::string name = older, reversed(name.rbegin(), name.rend());
    if (magic == name || magic == reversed) return true;
  }
  return magic == "GGML";
}

}  // namespace

void read_gguf_magic(GgufCursor& cursor) {
  if (cursor.left() == 0) cursor.fail_at(0, "the file is empty");
  const std::string_view magic = cursor.take(4, "the magic \"GGUF\"");
  if (magic == "FUGG") cursor.refuse_at(0, unsupported, big_endian);
  if (is_older(magic))
    cursor.refuse_at(0, unsupported, "is in a format of ggml's that came before GGUF (", shown(magic),
                     "); convert the model again with a llama.cpp of today, or download a GGUF file");
  if (magic[0] == '<')
    cursor.refuse_at(0, ErrorCode::malformed_file, "is a web page or a server's message, not the file: begins with ",
                     shown(magic), "; download the file itself, and sign in first if its site asks for that");
  if (magic != "GGUF")
    cursor.refuse_at(0, ErrorCode::malformed_file, "is no GGUF file: begins with ", shown(magic), ", not \"GGUF\"; ",
                     "check the path, or download the file again");
  const size_t at = cursor.at();
  const uint32_t version = cursor.u32("the version");
  if (version != 0 && (version & 0xffff) == 0) cursor.refuse_at(at, unsupported, big_endian);
  if (version != 2 && version != 3)
    cursor.refuse_at(at, unsupported, "is GGUF of version ", version, ", and only 2 and 3 are read; ",
                     "convert the model again, or download another file of it");
}

}  // namespace xling
