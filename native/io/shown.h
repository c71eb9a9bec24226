// Text out of a file as an error message may show it.
#pragma once

#include <string>
#include <string_view>

namespace xling {

// In double quotes, cut after some hundred bytes; a control character or a byte
// that is not UTF-8 is spelt \xNN, so that no file can write to a terminal.
std::string shown(std::string_view text);

}  // namespace xling
