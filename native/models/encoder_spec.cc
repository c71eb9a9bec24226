#include "models/encoder_spec.h"

#include "models/spec_checks.h"

namespace xling {

namespace {

constexpr char model[] = "encoder";

void expect_rate(const char* property, float rate) {
  if (!(rate >= 0 && rate < 1))
    fail(ErrorCode::invalid_argument, model, ": ", property, " is ", rate, " but must be at least 0 and below 1");
}

}  // namespace

void check(const EncoderSpec& spec) {
  expect_size(model, "vocabSize", spec.vocab_size);
  expect_size(model, "hiddenSize", spec.hidden_size);
  expect_size(model, "intermediateSize", spec.intermediate_size);
  expect_size(model, "heads", spec.heads);
  expect_head_dim(model, spec.head_dim);
  expect_size(model, "maxPositions", spec.max_positions);
  if (spec.type_count != 0) expect_size(model, "typeCount", spec.type_count);
  expect_size(model, "layers", spec.layers);
  expect_positive(model, "normEps", spec.norm_eps);
  expect_rate("dropout", spec.dropout);
  expect_rate("attentionDropout", spec.attention_dropout);
  if (spec.pooler) expect_size(model, "pooler.outputs", spec.pooler->outputs);
}

}  // namespace xling
