// What a GGUF file says of itself, before its tensors' bytes: a magic and a
// version, how many tensors and key-values there are, the key-values, the tensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/gguf_value.h"
#include "io/stored_tensor.h"

namespace xling {

// What tensors begin at multiples of, unless the key "general.alignment" says otherwise.
inline constexpr uint64_t gguf_default_alignment = 32;
// Larger alignments are refused: no system has larger pages.
inline constexpr uint64_t gguf_max_alignment = uint64_t{1} << 30;

struct GgufHeader {
  std::map<std::string, GgufValue> metadata;
  std::vector<StoredTensor> tensors;  // in the order of their bytes
  uint64_t alignment = gguf_default_alignment;
};

// `bytes` are the whole of `file`; those of the tensors are not looked at.
// ERR_MALFORMED_FILE for anything amiss; ERR_UNSUPPORTED_FILE for what a newer or
// older program might read, and for one file of several into which a model was split.
GgufHeader read_gguf_header(std::string_view bytes, const std::string& file);

}  // namespace xling
