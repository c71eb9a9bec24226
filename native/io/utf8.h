// UTF-8 as Unicode defines it (table 3-7): no overlong forms, no surrogates,
// nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xling {

// Bytes of the well-formed character that begins at `at` (1 to 4), or 0 if none does.
size_t utf8_length(std::string_view text, size_t at) noexcept;

// Where the first byte stands that is not UTF-8; text.size() if there is none.
size_t utf8_valid_until(std::string_view text) noexcept;

// Appends a code point that is not a surrogate and not above U+10FFFF.
void append_utf8(std::string& out, char32_t code);

}  // namespace xling
