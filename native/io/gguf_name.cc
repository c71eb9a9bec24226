#include "io/gguf_name.h"

namespace xling {

std::string_view read_gguf_name(GgufCursor& cursor, const char* what) {
  const size_t begin = cursor.at();
  const uint64_t length = cursor.u64("a name's length");
  if (length == 0) cursor.fail_at(begin, what, " is empty");
  if (length > gguf_max_name)
    cursor.fail_at(begin, what, " is ", length, " bytes long, and ", gguf_max_name, " are the most");
  const std::string_view name = cursor.take(length, what);
  cursor.check_utf8(name, what);
  const size_t nul = name.find('\0');
  if (nul != std::string_view::npos) cursor.fail_at(begin + 8 + nul, what, " has a NUL character in it");
  return name;
}

}  // namespace xling
