#include "sampling/generation_need.h"

#include <algorithm>

#include "backend/counting_backend.h"

namespace xling {

GenerationNeed generation_need(const Decoder& decoder, const std::shared_ptr<Backend>& backend, const Runner& runner,
                               const GenerationWork& work) {
  const int64_t context = decoder.spec().max_positions;
  const int64_t longest = std::min(context, work.prompt_tokens + work.new_tokens);
  const auto adapters = static_cast<int64_t>(work.adapters.size());
  const KvCache::Size size{work.rows + adapters, longest, Generator::tokens_at_once};
  const KvCache cache(std::make_shared<CountingBackend>(*backend), decoder.spec(), size);

  // As many tokens of prompts as a step reads, beside rows that sample; all of them draw, and count what they have.
  // Beginnings are read side by side, and may be more than rows.
  const int64_t packed = std::max(work.rows, adapters);
  const int64_t most = std::min(packed * work.prompt_tokens, Generator::tokens_at_once + packed);
  Prompt prompt;
  prompt.settings.repetition_penalty = 2;
  prompt.ids.resize(static_cast<size_t>(longest));
  StepRows rows;
  Draws draws;
  for (int64_t row = 0; row < packed; ++row) {
    const int64_t share = std::min(longest, most / packed + (row < most % packed));
    rows.push(prompt.ids.data(), share, static_cast<int32_t>(row), 0);
    draws.push(rows.offsets.back() - 1, prompt, prompt.ids);
  }
  // A layer's adapters take turns, so the one that takes most with all rows takes more than any some of them.
  size_t workspace = 0;
  for (const LoraLayers* adapter : work.adapters) {
    rows.adapted = adapter ? std::vector<AdaptedRows>{{0, packed, adapter}} : std::vector<AdaptedRows>{};
    workspace = std::max(workspace, runner.need(next_ids(decoder, rows, cache.layers(), draws, nullptr)));
  }
  return {cache.bytes(), workspace};
}

}  // namespace xling
