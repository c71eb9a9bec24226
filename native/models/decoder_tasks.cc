#include "models/decoder_tasks.h"

#include <algorithm>

#include "autograd/block.h"
#include "autograd/embedding.h"
#include "autograd/linear_cross_entropy.h"

namespace xling {

namespace {

// Logits on the device at once; a vocabulary of 262,144 leaves 64 rows.
constexpr int64_t logit_bytes_at_once = int64_t{64} << 20;

int64_t last_layer(const Decoder& decoder) { return static_cast<int64_t>(decoder.spec().layers.size()); }

Tensor upload(const Pass& pass, const std::vector<int32_t>& numbers) {
  return pass.upload(numbers.data(), {static_cast<int64_t>(numbers.size())}, DType::i32);
}

}  // namespace

Tensor last_hidden_at(Pass& pass, const Decoder& decoder, const PackedRows& rows, const std::vector<int32_t>& tokens,
                      const ForwardOptions& options) {
  const Variable stream = decoder.stream(pass, rows, last_layer(decoder), options);
  const Variable picked{pass.push_left({static_cast<int64_t>(tokens.size()), decoder.spec().hidden_size}, DType::f32), {}};
  pick_rows(pass, upload(pass, tokens), stream, picked);
  decoder.final_norm(pass, picked, picked);
  return picked.value;
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

Runner::Body hidden_states(const DecoderPass& what, int64_t layer, float* out) {
  return [what, layer, out](Pass& pass) {
    const Variable stream = what.decoder.stream(pass, what.rows, layer, what.options);
    if (layer == last_layer(what.decoder)) what.decoder.final_norm(pass, stream, stream);
    pass.backend.read(out, stream.value.data, stream.value.bytes());
  };
}

Runner::Body logits_at(const DecoderPass& what, const std::vector<int32_t>& tokens, float* out) {
  return [what, &tokens, out](Pass& pass) {
    const Tensor hidden = last_hidden_at(pass, what.decoder, what.rows, tokens, what.options);
    for_logits(pass, what.decoder, hidden, [&](const Tensor& logits, int64_t begin) {
      pass.backend.read(out + begin * logits.shape[1], logits.data, logits.bytes());
    });
  };
}

Runner::Body loss_sum(const DecoderPass& what, const Targets& targets, float* out) {
  return [what, &targets, out](Pass& pass) {
    const Tensor loss = pass.push_left(Shape{1}, DType::f32);
    const Tensor hidden = last_hidden_at(pass, what.decoder, what.rows, targets.tokens, what.options);
    const CrossEntropyTargets labels{upload(pass, targets.labels), what.decoder.spec().logit_softcap};
    linear_cross_entropy(pass, {hidden, {}}, what.decoder.head_parameters(), labels, loss);
    pass.backend.read(out, loss.data, loss.bytes());
  };
}

Runner::Body accumulate_loss(const DecoderPass& what, const Targets& targets, float* out) {
  return [what, &targets, out](Pass& pass) {
    const Decoder& decoder = what.decoder;
    const Shape picked_shape{static_cast<int64_t>(targets.tokens.size()), decoder.spec().hidden_size};
    const Tensor loss = pass.push_left(Shape{1}, DType::f32);
    Tape tape;
    Pass training{pass.backend, pass.arena, &tape, pass.cancel};
    const Variable stream = decoder.stream(training, what.rows, last_layer(decoder), what.options);
    run_block(training, [&](Pass& block) {
      const Variable picked = block.activation(picked_shape);
      pick_rows(block, upload(block, targets.tokens), stream, picked);
      // The loss knows its gradient at once, so this one has to last from here to backward.
      const Variable normed{block.push_left(picked_shape, DType::f32), block.push_left(picked_shape, DType::f32)};
      decoder.final_norm(block, picked, normed);
      const CrossEntropyTargets labels{upload(block, targets.labels), decoder.spec().logit_softcap};
      linear_cross_entropy(block, normed, decoder.head_parameters(), labels, loss);
    });
    tape.backward(pass.arena);
    pass.backend.read(out, loss.data, loss.bytes());
  };
}

}  // namespace xling
