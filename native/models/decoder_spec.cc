#include "models/decoder_spec.h"

#include <cmath>

#include "kernels/attention.h"

namespace xling {

namespace {

// Sizes beyond this are no model's, and products of two of them fit 64 bits.
constexpr int64_t largest = int64_t{1} << 30;

void expect_size(const char* property, int64_t size) {
  if (size < 1 || size > largest) fail(ErrorCode::invalid_argument, "decoder: ", property, " is ", size, " but must be 1 to ", largest);
}

void expect_positive(const char* property, float value) {
  if (!(value > 0) || !std::isfinite(value))
    fail(ErrorCode::invalid_argument, "decoder: ", property, " is ", value, " but must be above 0");
}

void check_heads(const DecoderSpec& spec) {
  if (spec.heads % spec.key_value_heads != 0)
    fail(ErrorCode::invalid_argument, "decoder: ", spec.heads, " heads are no multiple of ", spec.key_value_heads, " key-value heads");
  if (spec.head_dim % 8 != 0 || spec.head_dim > attention_widest_head)
    fail(ErrorCode::invalid_argument, "decoder: headDim is ", spec.head_dim, " but must be a multiple of 8, at most ", attention_widest_head);
}

void check_ropes(const DecoderSpec& spec) {
  for (const auto& rope : spec.ropes) {
    if (static_cast<int64_t>(rope.frequencies.size()) != spec.head_dim / 2)
      fail(ErrorCode::invalid_argument, "decoder: a rope has ", rope.frequencies.size(), " frequencies but headDim / 2 is ", spec.head_dim / 2);
    expect_positive("a rope's scale", rope.scale);
  }
  for (const auto& layer : spec.layers) {
    if (layer.rope < 0 || layer.rope >= static_cast<int64_t>(spec.ropes.size()))
      fail(ErrorCode::invalid_argument, "decoder: a layer's rope is ", layer.rope, " but there are ", spec.ropes.size());
    if (layer.window < 0 || layer.window > largest)
      fail(ErrorCode::invalid_argument, "decoder: a layer's window is ", layer.window, " but must be 0 (none) or more");
  }
}

}  // namespace

void check(const DecoderSpec& spec) {
  expect_size("vocabSize", spec.vocab_size);
  expect_size("hiddenSize", spec.hidden_size);
  expect_size("intermediateSize", spec.intermediate_size);
  expect_size("heads", spec.heads);
  expect_size("keyValueHeads", spec.key_value_heads);
  expect_size("headDim", spec.head_dim);
  expect_size("maxPositions", spec.max_positions);
  expect_positive("normEps", spec.norm_eps);
  expect_positive("attentionScale", spec.attention_scale);
  expect_positive("embeddingScale", spec.embedding_scale);
  if (spec.logit_softcap != 0) expect_positive("logitSoftcap", spec.logit_softcap);
  check_heads(spec);
  check_ropes(spec);
}

}  // namespace xling
