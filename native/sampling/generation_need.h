// What generating takes on the device, without doing it.
#pragma once

#include "sampling/generator.h"

namespace xling {

struct GenerationWork {
  int64_t rows;           // that go on together
  int64_t prompt_tokens;  // of each, at least one
  int64_t new_tokens;     // at least one
  // What prompts go through, null for no adapter: one at least. For each there is room for a beginning of its prompts.
  std::vector<const LoraLayers*> adapters = {nullptr};
};

struct GenerationNeed {
  size_t cache;      // with room for the beginnings that prompts share
  size_t workspace;  // of the largest step that there can be
};

GenerationNeed generation_need(const Decoder& decoder, const std::shared_ptr<Backend>& backend, const Runner& runner,
                               const GenerationWork& work);

}  // namespace xling
