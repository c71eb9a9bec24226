#include "models/decoder_slots.h"

namespace xling {

std::vector<Slot> decoder_slots(const DecoderSpec& spec) {
  const int64_t hidden = spec.hidden_size, inner = spec.intermediate_size;
  const int64_t queries = spec.heads * spec.head_dim, keys = spec.key_value_heads * spec.head_dim;
  std::vector<Slot> slots = {{"embedding", {spec.vocab_size, hidden}}};
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    const auto vector = [&](bool has, const char* name, int64_t size) {
      if (has) slots.push_back({layer + name, Shape{size}});
    };
    const auto linear = [&](const char* name, int64_t outputs, int64_t inputs, bool bias) {
      slots.push_back({layer + name, {outputs, inputs}});
      if (bias) slots.push_back({layer + name + ".bias", Shape{outputs}});
    };
    vector(true, "attentionNorm", hidden);
    linear("query", queries, hidden, spec.query_key_value_bias);
    linear("key", keys, hidden, spec.query_key_value_bias);
    linear("value", keys, hidden, spec.query_key_value_bias);
    linear("output", hidden, queries, spec.output_bias);
    vector(spec.query_key_norm, "queryNorm", spec.head_dim);
    vector(spec.query_key_norm, "keyNorm", spec.head_dim);
    vector(spec.after_norms, "attentionAfterNorm", hidden);
    vector(true, "mlpNorm", hidden);
    linear("gate", inner, hidden, spec.mlp_bias);
    linear("up", inner, hidden, spec.mlp_bias);
    linear("down", hidden, inner, spec.mlp_bias);
    vector(spec.after_norms, "mlpAfterNorm", hidden);
  }
  slots.push_back({"norm", Shape{hidden}});
  if (!spec.tied_head) slots.push_back({"head", {spec.vocab_size, hidden}});
  return slots;
}

}  // namespace xling
