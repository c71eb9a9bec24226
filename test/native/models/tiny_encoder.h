// An encoder small enough to compute in a test, with random weights, which train.
#pragma once

#include <optional>

#include "kernels/fixture.h"
#include "models/encoder_slots.h"
#include "models/encoder_tasks.h"
#include "models/gradients.h"
#include "models/initialize.h"
#include "models/metered.h"

namespace xling::test {

// Every property that a spec can have; sizes that no vector divides.
inline EncoderSpec whole_encoder() {
  EncoderSpec spec;
  spec.vocab_size = 131, spec.hidden_size = 72, spec.intermediate_size = 100;
  spec.heads = 3, spec.head_dim = 24, spec.max_positions = 70, spec.type_count = 2, spec.layers = 3;
  spec.norm_eps = 1e-5f;
  spec.pooler = EncoderSpec::Pooler{40, true, true};
  spec.masked_lm_head = true;
  return spec;
}

inline std::vector<int32_t> tokens_of(int length, int seed) {
  std::vector<int32_t> row;
  for (int i = 0; i < length; ++i) row.push_back((i * 37 + seed * 11) % 131);
  return row;
}

// Rows of tokens side by side.
struct Rows {
  std::vector<int32_t> ids, offsets = {0};

  Rows() = default;
  Rows(std::initializer_list<std::vector<int32_t>> rows) {
    for (const auto& row : rows) push(row);
  }
  void push(const std::vector<int32_t>& row) {
    ids.insert(ids.end(), row.begin(), row.end());
    offsets.push_back(static_cast<int32_t>(ids.size()));
  }
  int64_t count() const { return static_cast<int64_t>(offsets.size()) - 1; }
  PackedRows packed() const { return {ids.data(), offsets.data(), count()}; }
};

struct TinyEncoder {
  EncoderSpec spec;
  ThreadPool pool;
  std::shared_ptr<Metered> backend;
  ModelWeights weights;
  Runner runner;
  std::optional<Encoder> encoder, training;
  std::optional<Trainables> trainables;

  explicit TinyEncoder(const EncoderSpec& of = whole_encoder(), int threads = 2, const simd::Loops& loops = chosen_isa(), bool frozen = false)
      : spec(of), pool(threads), backend(std::make_shared<Metered>(loops, pool)), weights(backend), runner(backend) {
    uint32_t op = 0;
    const auto slots = encoder_slots(spec);
    for (const Slot& slot : slots) {
      auto numbers = initial_numbers(slot, {7, RandomPurpose::init, op++}, {0.4f});
      // Gains and biases are not to be guessed.
      if (slot.shape.rank == 1) numbers = random_numbers(numbers.size(), op);
      if (frozen)
        weights.freeze(slot, {Storage::f32, numbers.data()});
      else
        weights.make_trainable(slot, {Storage::f32, numbers.data()});
    }
    encoder.emplace(spec, weights);
    trainables.emplace(backend, weights.trainable(slots));
    training.emplace(spec, weights, &*trainables);
  }

  Floats hidden(const Rows& rows, int64_t layer) {
    Floats out(rows.ids.size() * size_t(spec.hidden_size));
    runner.run(hidden_states(EncoderPass{*encoder, rows.packed(), {}}, layer, out.data()), nullptr);
    return out;
  }
  Floats vectors(const Rows& rows, const SentenceVector& vector) {
    Floats out(size_t(rows.count() * vector_width(spec, vector)));
    runner.run(sentence_vectors({*encoder, rows.packed(), {}}, vector, out.data()), nullptr);
    return out;
  }
  float contrast(const Rows& rows, const SentenceVector& vector, const ContrastiveOptions& options, const ForwardOptions& how = {}) {
    float loss;
    runner.run(accumulate_contrastive({*training, rows.packed(), how}, vector, options, &loss), nullptr);
    return loss;
  }
  float guess(const Rows& rows, const std::vector<int32_t>& labels, const ForwardOptions& how = {}) {
    const Targets targets = masked_targets(rows.packed(), labels.data(), spec.vocab_size);
    float loss;
    runner.run(accumulate_masked_lm({*training, rows.packed(), how}, targets, &loss), nullptr);
    return loss;
  }
  Floats read(const Tensor& tensor) const {
    Floats out(tensor.shape.numel());
    backend->read(out.data(), tensor.data, tensor.bytes());
    return out;
  }
};

}  // namespace xling::test
