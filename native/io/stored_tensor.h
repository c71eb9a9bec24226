// A tensor as a file of weights declares it, whatever the file's format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/storage.h"

namespace xling {

struct StoredTensor {
  std::string name;
  const char* type = "";           // as the format spells it: "BF16", "Q4_K"
  std::optional<Storage> storage;  // how the engine reads it; nothing if it does not
  std::vector<int64_t> shape;      // row-major, outermost first; empty: a scalar
  size_t offset = 0;               // in the file; of any alignment
  size_t bytes = 0;
};

}  // namespace xling
