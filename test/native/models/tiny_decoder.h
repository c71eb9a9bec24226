// A decoder small enough to compute in a test, with random weights.
#pragma once

#include <optional>

#include "kernels/fixture.h"
#include "models/decoder_slots.h"
#include "models/decoder_tasks.h"
#include "models/initialize.h"
#include "models/metered.h"

namespace xling::test {

using Floats = std::vector<float>;

// Every property that a spec can have; head sizes that no vector divides, a window shorter than the rows.
inline DecoderSpec whole_spec() {
  DecoderSpec spec;
  spec.vocab_size = 131, spec.hidden_size = 72, spec.intermediate_size = 100;
  spec.heads = 3, spec.key_value_heads = 1, spec.head_dim = 24, spec.max_positions = 96;
  spec.norm_eps = 1e-5f, spec.norm_offset = 1, spec.after_norms = true, spec.query_key_norm = true;
  spec.attention_scale = 0.2f, spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = true;
  spec.activation = Activation::gelu_tanh, spec.embedding_scale = 8, spec.tied_head = true, spec.logit_softcap = 5;
  DecoderSpec::Rope near, far;
  for (int i = 0; i < 12; ++i) near.frequencies.push_back(std::pow(0.7f, float(i))), far.frequencies.push_back(std::pow(0.4f, float(i)));
  spec.ropes = {near, far};
  spec.layers = {{8, 0}, {0, 1}, {8, 0}};
  return spec;
}

struct TinyDecoder {
  ThreadPool pool;
  std::shared_ptr<Metered> backend;
  ModelWeights weights;
  std::optional<Decoder> decoder;
  Runner runner;

  TinyDecoder(const DecoderSpec& spec, int threads, const simd::Loops& loops = chosen_isa(), bool frozen = true)
      : pool(threads), backend(std::make_shared<Metered>(loops, pool)), weights(backend), runner(backend) {
    uint32_t op = 0;
    for (const Slot& slot : decoder_slots(spec)) {
      auto numbers = initial_numbers(slot, {7, RandomPurpose::init, op++}, {0.1f, 1 - spec.norm_offset});
      // Gains and biases are not to be guessed.
      if (slot.shape.rank == 1) numbers = random_numbers(numbers.size(), op);
      if (frozen)
        weights.freeze(slot, {Storage::f32, numbers.data()});
      else
        weights.make_trainable(slot, {Storage::f32, numbers.data()});
    }
    decoder.emplace(spec, weights);
  }

  Floats hidden(const std::vector<std::vector<int32_t>>& rows, int64_t layer) {
    std::vector<int32_t> ids, offsets = {0};
    for (const auto& row : rows) {
      ids.insert(ids.end(), row.begin(), row.end());
      offsets.push_back(int32_t(ids.size()));
    }
    Floats out(ids.size() * size_t(decoder->spec().hidden_size));
    const PackedRows packed{ids.data(), offsets.data(), int64_t(rows.size())};
    runner.run(hidden_states({*decoder, packed, {}}, layer, out.data()), nullptr);
    return out;
  }
};

// The linear layers of a decoder's block.
inline constexpr const char* decoder_layers[] = {"query", "key", "value", "output", "gate", "up", "down"};

inline std::vector<int32_t> row_of(int length, int seed) {
  std::vector<int32_t> row;
  for (int i = 0; i < length; ++i) row.push_back((i * 37 + seed * 11) % 131);
  return row;
}

}  // namespace xling::test
