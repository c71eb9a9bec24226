#include "sampling/generation_need.h"

#include <algorithm>

#include "backend/counting_backend.h"

namespace xling {

GenerationNeed generation_need(const Decoder& decoder, const std::shared_ptr<Backend>& backend, const Runner& runner,
                               const GenerationWork& work) {
  const int64_t context = decoder.spec().max_positions;
  const int64_t longest = std::min(context, work.prompt_tokens + work.new_tokens);
  const KvCache cache(std::make_shared<CountingBackend>(*backend), decoder.spec(), {work.rows + 1, longest, Generator::tokens_at_once});

  // As many tokens of prompts as a step reads, beside rows that sample; all of them draw, and count what they have.
  const int64_t most = std::min(work.rows * work.prompt_tokens, Generator::tokens_at_once + work.rows);
  Prompt prompt;
  prompt.settings.repetition_penalty = 2;
  prompt.ids.resize(static_cast<size_t>(longest));
  StepRows rows;
  Draws draws;
  for (int64_t row = 0; row < work.rows; ++row) {
    const int64_t share = std::min(longest, most / work.rows + (row < most % work.rows));
    rows.push(prompt.ids.data(), share, static_cast<int32_t>(row), 0);
    draws.push(rows.offsets.back() - 1, prompt, prompt.ids);
  }
  return {cache.bytes(), runner.need(next_ids(decoder, rows, cache.layers(), draws, nullptr))};
}

}  // namespace xling
