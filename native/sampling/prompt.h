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
  uint64_t key = 0;          // of the row's random stream
  SampleSettings settings;
  int32_t top_k = 0;         // 0: no limit
};

// Ids that all prompts begin with, each going on after them.
inline size_t shared_prefix(const std::vector<Prompt>& prompts) {
  if (prompts.empty()) return 0;
  const auto& first = prompts[0].ids;
  size_t shared = first.empty() ? 0 : first.size() - 1;
  for (const auto& [ids, max_new, seed, key, settings, top_k] : prompts) {
    if (ids.size() <= shared) shared = ids.empty() ? 0 : ids.size() - 1;
    size_t same = 0;
    while (same < shared && ids[same] == first[same]) ++same;
    shared = same;
  }
  return shared;
}

}  // namespace xling
