// Numbers as files hold them, whatever the machine's own order of bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace xling {

// Of at most eight bytes, the lowest first.
inline uint64_t little_endian(std::string_view bytes) noexcept {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace xling
