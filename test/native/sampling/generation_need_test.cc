// What generating takes: no more than was said, and nothing when it is over.
#include "sampling/generation_need.h"

#include "check.h"
#include "sampling/adapted_prompts.h"

namespace {

using namespace xling;
using namespace xling::test;

TEST("generator: its memory goes with it") {
  TinyDecoder model(whole_spec(), 2);
  const size_t before = model.backend->now;
  {
    Generator generator(*model.decoder, model.backend, many_prompts(3), {2, {}});
    CHECK_EQ(model.backend->now, before + generator.cache_bytes());
    CHECK(generator.cache_bytes() > 0);
  }
  CHECK_EQ(model.backend->now, before);
}

// Twice as many prompts as rows, through the first `adapters` of none, one, two in turn; all begin alike, or none do.
std::vector<Prompt> prompts_for(const GenerationWork& work, bool alike) {
  const auto adapters = int32_t(work.adapters.size());
  std::vector<Prompt> prompts;
  for (int32_t i = 0; i < 2 * std::max(int32_t(work.rows), adapters); ++i) {
    auto ids = row_of(int(work.prompt_tokens), 5);
    (alike ? ids.back() : ids.front()) = i;
    prompts.push_back(through(prompt_of(ids, int32_t(i % 2 ? work.new_tokens : 1), uint64_t(i)), i % adapters - 1));
  }
  return prompts;
}

TEST("generator: takes no more memory than it is estimated to, with adapters or without") {
  DecoderSpec spec = whole_spec();
  spec.max_positions = 1000;
  for (const bool shared : {false, true})
    for (size_t adapters : {1, 2, 3})
      for (GenerationWork work : {GenerationWork{1, 1, 1}, {5, 3, 40}, {1, 60, 3}, {3, 300, 20}, {20, 50, 5}, {2, 990, 100}}) {
        TinyDecoder model(spec, 2);
        const TwoAdapters two(model);
        const size_t before = model.backend->now;
        for (size_t i = 1; i < adapters; ++i) work.adapters.push_back(two.layers[i - 1]);
        const auto need = generation_need(*model.decoder, model.backend, model.runner, work);
        CHECK_EQ(model.backend->now, before);
        Generator generator(*model.decoder, model.backend, prompts_for(work, shared), {work.rows, {}});
        CHECK(generator.cache_bytes() <= need.cache);
        if (shared && work.prompt_tokens > 8) CHECK_EQ(generator.cache_bytes(), need.cache);
        while (!generator.done()) generator.step(model.runner, nullptr, two.layers);
        CHECK(model.runner.bytes() <= need.workspace);
        if (!shared && work.rows >= int64_t(adapters)) CHECK(model.runner.bytes() * 3 > need.workspace * 2);
      }
}

TEST("generator: what an adapter's rank takes is in the estimate, and a beginning for each adapter") {
  TinyDecoder model(whole_spec(), 1);
  const auto of = [&](const Generator::Adapters& adapters) {
    return generation_need(*model.decoder, model.backend, model.runner, {4, 20, 5, adapters});
  };
  const Adapter wide(decoder_slots(model.decoder->spec()), model.backend, {{"layers.1.down", 500, 1}});
  CHECK_EQ(of({nullptr}).workspace, of({nullptr, nullptr}).workspace);
  // 4 rows of 20 tokens, f32, beside what the layer has on the arena anyway.
  CHECK(of({nullptr, &wide.frozen()}).workspace >= 4 * 20 * 500 * sizeof(float));
  CHECK_EQ(of({nullptr, &wide.frozen()}).workspace, of({&wide.frozen()}).workspace);
  CHECK_EQ(of({nullptr, nullptr}).cache * 5, of({nullptr}).cache * 6);
}

}  // namespace
