// Prompts, what becomes of them, and what should.
#pragma once

#include <map>

#include "check.h"
#include "models/tiny_decoder.h"
#include "sampling/generator.h"

namespace xling::test {

using Ids = std::vector<int32_t>;

inline constexpr SampleSettings warm{1.3f, 0.95f, 0.01f, 1.2f};

inline Prompt prompt_of(Ids ids, int32_t max_new, uint64_t key, SampleSettings settings = warm, int32_t adapter = -1) {
  return {std::move(ids), max_new, 42, key, settings, 40, adapter};
}

// The next token by the longest way: the whole row through the plain forward, then one draw.
inline int32_t plain_next(TinyDecoder& model, const Prompt& prompt, const Ids& row, const Generator::Adapters& adapters) {
  Floats logits(size_t(model.decoder->spec().vocab_size));
  const Ids offsets = {0, int32_t(row.size())}, place = {int32_t(row.size()) - 1};
  const PackedRows packed{row.data(), offsets.data(), 1};
  ForwardOptions options;
  if (prompt.adapter >= 0) options.adapters = {{0, 1, adapters.at(size_t(prompt.adapter))}};
  model.runner.run(logits_at({*model.decoder, packed, options}, place, logits.data()), nullptr);
  Draws draws;
  draws.push(0, prompt, row);
  int32_t id = -2;
  const auto draw = [&](Pass& pass) {
    const auto put = [&](const void* from, const Shape& shape, DType dtype) {
      const Tensor tensor = pass.push_left(shape, dtype);
      pass.backend.write(tensor.data, from, tensor.bytes());
      return tensor;
    };
    const Tensor out = pass.push_left({1}, DType::i32);
    pass.backend.run(Sample{put(logits.data(), {1, int64_t(logits.size())}, DType::f32),
                            put(draws.settings.data(), {1, 4}, DType::f32), put(draws.top_k.data(), {1}, DType::i32),
                            put(draws.history.data(), {int64_t(draws.history.size())}, DType::i32),
                            put(draws.history_offsets.data(), {2}, DType::i32), put(draws.seeds.data(), {1, 2}, DType::i32),
                            put(draws.keys.data(), {1, 2}, DType::i32), put(draws.positions.data(), {1}, DType::i32), out});
    pass.backend.read(&id, out.data, sizeof id);
  };
  model.runner.run(draw, nullptr);
  return id;
}

inline Ids plain(TinyDecoder& model, const Prompt& prompt, const Generator::Adapters& adapters = {}) {
  Ids row = prompt.ids;
  for (int32_t i = 0; i < prompt.max_new; ++i) row.push_back(plain_next(model, prompt, row, adapters));
  return {row.begin() + int64_t(prompt.ids.size()), row.end()};
}

struct Result {
  Ids ids;
  Finish finish = Finish::none;
  bool operator==(const Result& other) const { return ids == other.ids && finish == other.finish; }
};

inline void collect(std::map<int32_t, Result>& results, const std::vector<Generator::Added>& added) {
  for (const auto& [row, ids, finish] : added) {
    auto& result = results[row];
    CHECK(result.finish == Finish::none);
    result.ids.insert(result.ids.end(), ids.begin(), ids.end());
    result.finish = finish;
  }
}

inline std::map<int32_t, Result> generated(TinyDecoder& model, const std::vector<Prompt>& prompts, int64_t slots, const Ids& stops = {},
                                             const Generator::Adapters& adapters = {}) {
  Generator generator(*model.decoder, model.backend, prompts, {slots, stops});
  std::map<int32_t, Result> results;
  while (!generator.done()) collect(results, generator.step(model.runner, nullptr, adapters));
  return results;
}

inline std::vector<Prompt> many_prompts(int count) {
  std::vector<Prompt> prompts;
  for (int i = 0; i < count; ++i)
    prompts.push_back(prompt_of(row_of(1 + i * 7 % 50, i), 1 + i * 5 % 17, uint64_t(i) << 33, i % 3 ? warm : SampleSettings{0, 1, 0, 1}));
  return prompts;
}

}  // namespace xling::test
