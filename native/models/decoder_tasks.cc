#include "models/decoder_tasks.h"

#include <algorithm>

#include "kernels/embedding.h"
#include "kernels/linear_cross_entropy.h"

namespace xling {

namespace {

// Logits on the device at once; a vocabulary of 262,144 leaves 64 rows.
constexpr int64_t logit_bytes_at_once = int64_t{64} << 20;

Tensor upload(const Pass& pass, const std::vector<int32_t>& numbers) {
  return pass.upload(numbers.data(), {static_cast<int64_t>(numbers.size())}, DType::i32);
}

}  // namespace

Tensor last_hidden_at(Pass& pass, const Decoder& decoder, const PackedRows& rows, const std::vector<int32_t>& tokens,
                      const Continuation* cache) {
  const Tensor hidden = decoder.hidden(pass, rows, static_cast<int64_t>(decoder.spec().layers.size()), cache);
  const Tensor picked = pass.push_left({static_cast<int64_t>(tokens.size()), hidden.shape[1]}, DType::f32);
  const Weight from{hidden.data, hidden.shape[0], hidden.shape[1], Storage::f32, Layout::rows};
  pass.backend.run(Embedding{upload(pass, tokens), from, picked});
  return picked;
}

void for_logits(Pass& pass, const Decoder& decoder, const Tensor& hidden,
                const std::function<void(const Tensor& logits, int64_t begin)>& use) {
  const int64_t count = hidden.shape[0], width = hidden.shape[1], vocab = decoder.spec().vocab_size;
  const int64_t at_once = std::max<int64_t>(1, logit_bytes_at_once / (vocab * static_cast<int64_t>(sizeof(float))));
  for (int64_t begin = 0; begin < count; begin += at_once) {
    pass.poll();
    SubLayer scope(pass);
    const int64_t some = std::min(at_once, count - begin);
    const Tensor part{hidden.as<float>() + begin * width, {some, width}, DType::f32};
    const Tensor logits = pass.push_left({some, vocab}, DType::f32);
    decoder.head(pass, part, logits);
    use(logits, begin);
  }
}

Runner::Body hidden_states(const Decoder& decoder, const PackedRows& rows, int64_t layer, float* out) {
  return [&decoder, rows, layer, out](Pass& pass) {
    const Tensor hidden = decoder.hidden(pass, rows, layer);
    pass.backend.read(out, hidden.data, hidden.bytes());
  };
}

Runner::Body logits_at(const Decoder& decoder, const PackedRows& rows, const std::vector<int32_t>& tokens, float* out) {
  return [&decoder, rows, &tokens, out](Pass& pass) {
    const Tensor hidden = last_hidden_at(pass, decoder, rows, tokens);
    for_logits(pass, decoder, hidden, [&](const Tensor& logits, int64_t begin) {
      pass.backend.read(out + begin * logits.shape[1], logits.data, logits.bytes());
    });
  };
}

Targets next_token_targets(const Decoder& decoder, const PackedRows& rows, const int32_t* labels) {
  Targets targets;
  for (int64_t row = 0; row < rows.rows; ++row)
    for (int32_t t = rows.offsets[row]; t < rows.offsets[row + 1]; ++t) {
      if (labels[t] == -100) continue;
      if (labels[t] < 0 || labels[t] >= decoder.spec().vocab_size)
        fail(ErrorCode::invalid_argument, "row ", row, ": label ", labels[t], " at token ", t - rows.offsets[row],
             " is neither -100 (none) nor one of 0 to ", decoder.spec().vocab_size - 1);
      if (t == rows.offsets[row]) continue;
      targets.tokens.push_back(t - 1);
      targets.labels.push_back(labels[t]);
    }
  if (targets.tokens.empty())
    fail(ErrorCode::no_labels, "no token has a label: all are -100, or the first of their row, which nothing comes before");
  return targets;
}

Runner::Body loss_sum(const Decoder& decoder, const PackedRows& rows, const Targets& targets, float* out) {
  return [&decoder, rows, &targets, out](Pass& pass) {
    const Tensor hidden = last_hidden_at(pass, decoder, rows, targets.tokens);
    const Tensor labels = upload(pass, targets.labels);
    const Tensor lse = pass.push_left(labels.shape, DType::f32), loss = pass.push_left(Shape{1}, DType::f32);
    const LinearParameters& head = decoder.head_parameters();
    pass.backend.run(LinearCrossEntropy{hidden, head.weight, head.bias.value, labels, lse, loss, decoder.spec().logit_softcap});
    pass.backend.read(out, loss.data, loss.bytes());
  };
}

}  // namespace xling
