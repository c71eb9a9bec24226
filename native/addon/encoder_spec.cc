// An EncoderSpec from its JavaScript twin, src/model/encoder-spec.ts.
#include <string>

#include "addon/model.h"
#include "addon/properties.h"

namespace xling::addon {

namespace {

Activation activation_of(const std::string& name) {
  if (name == "gelu") return Activation::gelu;
  if (name == "gelu_tanh") return Activation::gelu_tanh;
  fail(ErrorCode::invalid_argument, "encoder: activation is '", name, "' but must be 'gelu' or 'gelu_tanh'");
}

}  // namespace

EncoderSpec read_encoder_spec(const Napi::Value& value) {
  const Properties given("encoder", value);
  EncoderSpec spec;
  spec.vocab_size = given.whole("vocabSize");
  spec.hidden_size = given.whole("hiddenSize");
  spec.intermediate_size = given.whole("intermediateSize");
  spec.heads = given.whole("heads");
  spec.head_dim = given.whole("headDim");
  spec.max_positions = given.whole("maxPositions");
  spec.type_count = given.whole("typeCount");
  spec.layers = given.whole("layers");
  spec.norm_eps = given.real("normEps");
  spec.activation = activation_of(given.text("activation"));
  spec.dropout = given.real("dropout");
  spec.attention_dropout = given.real("attentionDropout");
  if (const Napi::Value pooler = given.value("pooler"); !pooler.IsUndefined()) {
    const Properties of("encoder: pooler", pooler);
    spec.pooler = {of.whole("outputs"), of.flag("bias"), of.text("activation") == "tanh"};
  }
  spec.masked_lm_head = given.flag("maskedLmHead");
  check(spec);
  return spec;
}

}  // namespace xling::addon
