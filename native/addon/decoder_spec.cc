// A DecoderSpec from its JavaScript twin, src/model/decoder-spec.ts.
#include <string>

#include "addon/model.h"
#include "addon/properties.h"

namespace xling::addon {

namespace {

Activation activation_of(const std::string& name) {
  if (name == "silu") return Activation::silu;
  if (name == "gelu_tanh") return Activation::gelu_tanh;
  fail(ErrorCode::invalid_argument, "decoder: activation is '", name, "' but must be 'silu' or 'gelu_tanh'");
}

}  // namespace

DecoderSpec read_decoder_spec(const Napi::Value& value) {
  const Properties given("decoder", value);
  DecoderSpec spec;
  spec.vocab_size = given.whole("vocabSize");
  spec.hidden_size = given.whole("hiddenSize");
  spec.intermediate_size = given.whole("intermediateSize");
  spec.heads = given.whole("heads");
  spec.key_value_heads = given.whole("keyValueHeads");
  spec.head_dim = given.whole("headDim");
  spec.max_positions = given.whole("maxPositions");
  spec.norm_eps = given.real("normEps");
  spec.norm_offset = given.real("normOffset");
  spec.after_norms = given.flag("afterNorms");
  spec.query_key_norm = given.flag("queryKeyNorm");
  spec.attention_scale = given.real("attentionScale");
  spec.query_key_value_bias = given.flag("queryKeyValueBias");
  spec.output_bias = given.flag("outputBias");
  spec.mlp_bias = given.flag("mlpBias");
  spec.activation = activation_of(given.text("activation"));
  spec.embedding_scale = given.real("embeddingScale");
  spec.tied_head = given.flag("tiedHead");
  spec.logit_softcap = given.real("logitSoftcap");
  given.each("ropes", [&](const Properties& rope) { spec.ropes.push_back({rope.numbers("frequencies"), rope.real("scale")}); });
  given.each("layers", [&](const Properties& layer) { spec.layers.push_back({layer.whole("window"), layer.whole("rope")}); });
  check(spec);
  return spec;
}

}  // namespace xling::addon
