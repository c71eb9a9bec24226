// GGUF files put together by hand, well-formed or not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/gguf_value.h"

namespace xling::test {

// So many bytes of a number, the lowest first.
inline std::string little(uint64_t number, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> 8 * i);
  return out;
}
inline std::string u16(uint64_t number) { return little(number, 2); }
inline std::string u32(uint64_t number) { return little(number, 4); }
inline std::string u64(uint64_t number) { return little(number, 8); }

// A string as the format has it; names are such.
inline std::string counted(const std::string& text) { return u64(text.size()) + text; }

inline std::string type_bytes(GgufValueType type) { return u32(static_cast<uint32_t>(type)); }

inline std::string key_value(const std::string& key, GgufValueType type, const std::string& value) {
  return counted(key) + type_bytes(type) + value;
}
inline std::string key_array(const std::string& key, GgufValueType item, const std::vector<std::string>& items) {
  std::string value = type_bytes(item) + u64(items.size());
  for (const auto& bytes : items) value += bytes;
  return key_value(key, GgufValueType::array, value);
}

// Dimensions innermost first, as the format has them; the offset is one in the data.
inline std::string tensor_entry(const std::string& name, const std::vector<uint64_t>& dimensions, uint32_t type,
                                uint64_t offset) {
  std::string out = counted(name) + u32(dimensions.size());
  for (const uint64_t size : dimensions) out += u64(size);
  return out + u32(type) + u64(offset);
}

inline std::string gguf_start(uint64_t tensors, uint64_t keys, uint32_t version = 3) {
  return "GGUF" + u32(version) + u64(tensors) + u64(keys);
}

// With zeros, up to a multiple of the alignment.
inline std::string padded(std::string bytes, size_t alignment = 32) {
  bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
  return bytes;
}

inline std::string gguf_bytes(const std::vector<std::string>& keys, const std::vector<std::string>& tensors,
                              const std::string& data = "", size_t alignment = 32) {
  std::string out = gguf_start(tensors.size(), keys.size());
  for (const auto& key : keys) out += key;
  for (const auto& tensor : tensors) out += tensor;
  return tensors.empty() ? out : padded(out, alignment) + data;
}

}  // namespace xling::test
