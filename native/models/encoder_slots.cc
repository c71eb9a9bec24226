#include "models/encoder_slots.h"

namespace xling {

std::vector<Slot> encoder_slots(const EncoderSpec& spec) {
  const int64_t hidden = spec.hidden_size, inner = spec.intermediate_size, width = spec.heads * spec.head_dim;
  std::vector<Slot> slots;
  const auto linear = [&](const std::string& name, int64_t outputs, int64_t inputs, bool bias = true) {
    slots.push_back({name, {outputs, inputs}});
    if (bias) slots.push_back({name + ".bias", Shape{outputs}});
  };
  const auto norm = [&](const std::string& name) {
    slots.push_back({name, Shape{hidden}});
    slots.push_back({name + ".bias", Shape{hidden}});
  };
  slots.push_back({"embedding", {spec.vocab_size, hidden}});
  slots.push_back({"positions", {spec.max_positions, hidden}});
  if (spec.type_count > 0) slots.push_back({"types", {spec.type_count, hidden}});
  norm("embeddingNorm");
  for (int64_t i = 0; i < spec.layers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    for (const char* name : {"query", "key", "value"}) linear(layer + name, width, hidden);
    linear(layer + "output", hidden, width);
    norm(layer + "attentionNorm");
    linear(layer + "up", inner, hidden);
    linear(layer + "down", hidden, inner);
    norm(layer + "mlpNorm");
  }
  if (spec.pooler) linear("pooler", spec.pooler->outputs, hidden, spec.pooler->bias);
  if (spec.masked_lm_head) {
    linear("maskedLmDense", hidden, hidden);
    norm("maskedLmNorm");
    slots.push_back({"maskedLmHead.bias", Shape{spec.vocab_size}});
  }
  return slots;
}

}  // namespace xling
