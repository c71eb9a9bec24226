// A tiny decoder with everything that training needs beside it.
#pragma once

#include "models/adapter.h"
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
    const Targets targets = next_token_targets(*training, batch.rows(), batch.labels.data());
    float loss;
    runner.run(accumulate_loss({*training, batch.rows(), options}, targets, &loss), cancel);
    return loss;
  }
  float loss(const LabelledRows& batch, const ForwardOptions& options = {}) {
    const Targets targets = next_token_targets(*decoder, batch.rows(), batch.labels.data());
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

inline std::vector<Floats> gradients_of(TrainingDecoder& model, const Trainables& trainables) {
  std::vector<Floats> out;
  for (size_t i = 0; i < trainables.entries().size(); ++i) out.push_back(model.read(trainables.gradient(i)));
  return out;
}

// The largest distance between a gradient's entry and the slope that two losses give, relative to the gradient's own
// largest entry; `loss` is called with the entry moved by ±step.
template <class Loss>
double off_slope(TrainingDecoder& model, const Trainables& trainables, size_t entry, const Loss& loss) {
  const Tensor& value = trainables.entries()[entry].value;
  const Floats gradient = model.read(trainables.gradient(entry));
  const size_t count = gradient.size();
  double largest = 1e-3, worst = 0;
  for (const float one : gradient) largest = std::max(largest, std::abs(double(one)));
  for (const size_t at : {size_t{0}, count / 3, count / 2 + 1, count - 1}) {
    float* number = value.as<float>() + std::min(at, count - 1);
    const float middle = *number;
    constexpr float step = 0x1p-6f;
    *number = middle + step;
    const double up = loss();
    *number = middle - step;
    const double down = loss();
    *number = middle;
    worst = std::max(worst, std::abs((up - down) / (2.0 * step) - gradient[std::min(at, count - 1)]) / largest);
  }
  return worst;
}

}  // namespace xling::test
