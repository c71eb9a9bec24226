// A tiny decoder with everything that training needs beside it.
#pragma once

#include "models/adapter.h"
#include "models/gradients.h"
#include "models/tiny_decoder.h"

namespace xling::test {

// Rows of tokens, and a label for each.
struct LabelledRows {
  std::vector<int32_t> ids, labels, offsets = {0};

  void push(const std::vector<int32_t>& row, int unlabelled) {
    for (size_t i = 0; i < row.size(); ++i) {
      ids.push_back(row[i]);
      labels.push_back(static_cast<int>(i) < unlabelled ? -100 : row[i]);
    }
    offsets.push_back(static_cast<int32_t>(ids.size()));
  }
  PackedRows rows() const { return {ids.data(), offsets.data(), static_cast<int64_t>(offsets.size()) - 1}; }
};

// One token alone, a row past the window of 8, one without labels, one of which some are not labelled.
inline LabelledRows mixed_rows() {
  LabelledRows out;
  out.push(row_of(1, 1), 0);
  out.push(row_of(21, 2), 0);
  out.push(row_of(4, 3), 4);
  out.push(row_of(11, 4), 5);
  return out;
}

struct TrainingDecoder : TinyDecoder {
  Trainables trainables;
  std::optional<Decoder> training;

  TrainingDecoder(const DecoderSpec& spec, int threads, bool frozen = false, const simd::Loops& loops = chosen_isa())
      : TinyDecoder(spec, threads, loops, frozen), trainables(backend, weights.trainable(decoder_slots(spec))) {
    training.emplace(spec, weights, &trainables);
  }

  // The summed loss; adds its gradients.
  float accumulate(const LabelledRows& batch, const ForwardOptions& options = {}, const CancelToken* cancel = nullptr) {
    const Targets targets = next_token_targets(batch.rows(), batch.labels.data(), training->spec().vocab_size);
    float loss;
    runner.run(accumulate_loss({*training, batch.rows(), options}, targets, &loss), cancel);
    return loss;
  }
  float loss(const LabelledRows& batch, const ForwardOptions& options = {}) {
    const Targets targets = next_token_targets(batch.rows(), batch.labels.data(), decoder->spec().vocab_size);
    float loss;
    runner.run(loss_sum({*decoder, batch.rows(), options}, targets, &loss), nullptr);
    return loss;
  }
  Floats read(const Tensor& tensor) const {
    Floats out(tensor.shape.numel());
    backend->read(out.data(), tensor.data, tensor.bytes());
    return out;
  }
};

}  // namespace xling::test
