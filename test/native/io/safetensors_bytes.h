// Safetensors files put together by hand, well-formed or not.
#pragma once

#include <cstdint>
#include <string>

namespace xling::test {

// The eight bytes that say how long the header is.
inline std::string header_length(uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> 8 * i);
  return bytes;
}

inline std::string safetensors_bytes(const std::string& header, const std::string& data = "") {
  return header_length(header.size()) + header + data;
}

}  // namespace xling::test
