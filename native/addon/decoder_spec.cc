// A DecoderSpec from its JavaScript twin, src/model/decoder-spec.ts.
#include <cmath>
#include <string>

#include "addon/model.h"

namespace xling::addon {

namespace {

// One object's properties, each read by its name; what is missing or of another type is named.
class Properties {
 public:
  explicit Properties(const Napi::Value& value) {
    if (!value.IsObject()) fail(ErrorCode::invalid_argument, "decoder: a spec must be an object");
    object_ = value.As<Napi::Object>();
  }

  double number(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsNumber()) fail(ErrorCode::invalid_argument, "decoder: ", name, " must be a number");
    return value.As<Napi::Number>().DoubleValue();
  }
  float real(const char* name) const { return static_cast<float>(number(name)); }
  int64_t whole(const char* name) const {
    const double value = number(name);
    if (!(std::abs(value) <= 9007199254740991.0) || value != std::floor(value))
      fail(ErrorCode::invalid_argument, "decoder: ", name, " must be a whole number");
    return static_cast<int64_t>(value);
  }
  bool flag(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsBoolean()) fail(ErrorCode::invalid_argument, "decoder: ", name, " must be true or false");
    return value.As<Napi::Boolean>();
  }
  std::string text(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsString()) fail(ErrorCode::invalid_argument, "decoder: ", name, " must be a string");
    return value.As<Napi::String>();
  }
  std::vector<float> numbers(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array)
      fail(ErrorCode::invalid_argument, "decoder: ", name, " must be a Float32Array");
    const auto array = value.As<Napi::Float32Array>();
    return {array.Data(), array.Data() + array.ElementLength()};
  }
  template <class Each>
  void each(const char* name, const Each& body) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsArray()) fail(ErrorCode::invalid_argument, "decoder: ", name, " must be an array");
    const auto array = value.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) body(Properties(array.Get(i)));
  }

 private:
  Napi::Object object_;
};

Activation activation_of(const std::string& name) {
  if (name == "silu") return Activation::silu;
  if (name == "gelu_tanh") return Activation::gelu_tanh;
  fail(ErrorCode::invalid_argument, "decoder: activation is '", name, "' but must be 'silu' or 'gelu_tanh'");
}

}  // namespace

DecoderSpec read_decoder_spec(const Napi::Value& value) {
  const Properties given(value);
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
