// What text is asked for.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/sample.h"

namespace xling {

struct Prompt {
  std::vector<int32_t> ids;  // at least one
  int32_t max_new = 0;       // tokens, at least one
  uint64_t seed = 0;
  uint64_t key = 0;          // with the seed, of the row's random stream: its adapter has no part in that
  SampleSettings settings;
  int32_t top_k = 0;         // 0: no limit
  int32_t adapter = -1;      // among those of the generation; -1: none
};

}  // namespace xling
