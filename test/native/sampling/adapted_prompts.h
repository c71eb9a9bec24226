// Adapters of a tiny decoder, and prompts that go through them.
#pragma once

#include "models/adapter.h"
#include "sampling/generation_fixture.h"

namespace xling::test {

// One of every layer, one of two, with factors that are not zero and change what is drawn.
struct TwoAdapters {
  std::vector<std::unique_ptr<Adapter>> own;
  Generator::Adapters layers;

  explicit TwoAdapters(TinyDecoder& model) {
    std::vector<Adapter::Site> all;
    for (size_t layer = 0; layer < model.decoder->spec().layers.size(); ++layer)
      for (const char* name : decoder_layers)
        all.push_back({"layers." + std::to_string(layer) + "." + name, 3 + int64_t(layer), 1.5f});
    add(model, all, 40);
    add(model, {{"layers.1.key", 5, 2.0f}, {"layers.2.down", 1, 3.0f}}, 90);
  }

  void add(TinyDecoder& model, const std::vector<Adapter::Site>& sites, uint32_t stream) {
    own.push_back(std::make_unique<Adapter>(decoder_slots(model.decoder->spec()), model.backend, sites));
    for (const auto& factor : own.back()->factors()) {
      auto numbers = random_numbers(factor.value.shape.numel(), stream++);
      for (float& number : numbers) number *= 0.3f;
      model.backend->write(factor.value.data, numbers.data(), factor.value.bytes());
    }
    layers.push_back(&own.back()->frozen());
  }
};

inline Prompt through(Prompt prompt, int32_t adapter) {
  prompt.adapter = adapter;
  return prompt;
}

// Three through none, three through the first, three through the second, three through none …
inline std::vector<Prompt> mixed_prompts(int count) {
  auto prompts = many_prompts(count);
  for (int i = 0; i < count; ++i) prompts[size_t(i)].adapter = i / 3 % 3 - 1;
  return prompts;
}

}  // namespace xling::test
