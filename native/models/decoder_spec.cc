#include "models/decoder_spec.h"

#include "models/spec_checks.h"

namespace xling {

namespace {

constexpr char model[] = "decoder";

void check_heads(const DecoderSpec& spec) {
  if (spec.heads % spec.key_value_heads != 0)
    fail(ErrorCode::invalid_argument, "decoder: ", spec.heads, " heads are no multiple of ", spec.key_value_heads, " key-value heads");
  expect_head_dim(model, spec.head_dim);
}

void check_ropes(const DecoderSpec& spec) {
  for (const auto& rope : spec.ropes) {
    if (static_cast<int64_t>(rope.frequencies.size()) != spec.head_dim / 2)
      fail(ErrorCode::invalid_argument, "decoder: a rope has ", rope.frequencies.size(), " frequencies but headDim / 2 is ", spec.head_dim / 2);
    expect_positive(model, "a rope's scale", rope.scale);
  }
  for (const auto& layer : spec.layers) {
    if (layer.rope < 0 || layer.rope >= static_cast<int64_t>(spec.ropes.size()))
      fail(ErrorCode::invalid_argument, "decoder: a layer's rope is ", layer.rope, " but there are ", spec.ropes.size());
    if (layer.window < 0 || layer.window > largest_size)
      fail(ErrorCode::invalid_argument, "decoder: a layer's window is ", layer.window, " but must be 0 (none) or more");
  }
}

}  // namespace

void check(const DecoderSpec& spec) {
  expect_size(model, "vocabSize", spec.vocab_size);
  expect_size(model, "hiddenSize", spec.hidden_size);
  expect_size(model, "intermediateSize", spec.intermediate_size);
  expect_size(model, "heads", spec.heads);
  expect_size(model, "keyValueHeads", spec.key_value_heads);
  expect_size(model, "headDim", spec.head_dim);
  expect_size(model, "maxPositions", spec.max_positions);
  expect_positive(model, "normEps", spec.norm_eps);
  expect_positive(model, "attentionScale", spec.attention_scale);
  expect_positive(model, "embeddingScale", spec.embedding_scale);
  if (spec.logit_softcap != 0) expect_positive(model, "logitSoftcap", spec.logit_softcap);
  check_heads(spec);
  check_ropes(spec);
}

}  // namespace xling
