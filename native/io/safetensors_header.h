// What a safetensors file says of itself: JSON such as
//
//   {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}
//
// with places counted from the end of the header. Everything that the format's
// own library checks is checked, and some that it leaves to its readers: no key
// stands twice, an entry has no other keys, a name has no NUL in it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/stored_tensor.h"

namespace xling {

// Larger headers are refused, as the format's own library does.
inline constexpr size_t safetensors_max_header = 100'000'000;

// The key that holds the metadata; no tensor can have this name.
inline constexpr char safetensors_metadata_key[] = "__metadata__";

// What a damaged file's error tells its reader to do.
inline constexpr char safetensors_advice[] = "the file is damaged or incomplete: download or save it again";

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  // in the order of their bytes, which they share out without rest
  std::map<std::string, std::string> metadata;
};

// `text` stands at byte 8 of `file`, `data_bytes` follow it. ERR_MALFORMED_FILE for anything amiss.
SafetensorsHeader read_safetensors_header(std::string_view text, size_t data_bytes, const std::string& file);

}  // namespace xling
