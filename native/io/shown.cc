#include "io/shown.h"

#include "io/utf8.h"

namespace xling {

std::string shown(std::string_view text) {
  constexpr size_t longest = 100;
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    if (at >= longest) return out + "...\"";
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t length = utf8_length(text, at);
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
    const bool control = byte < 0x20 || byte == 0x7f || (byte == 0xc2 && length == 2 && (text[at + 1] & 0x20) == 0);
    if (length == 0 || control) {
      for (const size_t end = at + (length ? length : 1); at < end; ++at) {
        constexpr char digits[] = "0123456789abcdef";
        const auto value = static_cast<unsigned char>(text[at]);
        out += {'\\', 'x', digits[value >> 4], digits[value & 15]};
      }
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out += text.substr(at, length);
      at += length;
    }
  }
  return out + '"';
}

}  // namespace xling
