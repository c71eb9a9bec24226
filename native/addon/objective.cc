#include "addon/objective.h"

#include <algorithm>

namespace xling::addon {

namespace {

Pooling pooling_of(const std::string& name) {
  const auto& names = Choices<Pooling>::names;
  const auto* found = std::find(std::begin(names), std::end(names), name);
  if (found == std::end(names)) fail(ErrorCode::invalid_argument, "pooling is '", name, "' but must be ", choices_of<Pooling>());
  return static_cast<Pooling>(found - std::begin(names));
}

ContrastiveOptions contrastive_of(const Napi::Value& value) {
  const Properties given("contrastive", value);
  ContrastiveOptions options;
  options.anchors = given.whole("anchors");
  options.temperature = given.real("temperature");
  options.hard_negative_weight = given.real("hardNegativeWeight");
  options.directions = given.text("directions") == "both" ? Directions::both : Directions::forward;
  return options;
}

bool begins(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }

}  // namespace

SentenceVector sentence_vector_of(const Napi::Value& value) {
  const Properties given("vector", value);
  SentenceVector vector;
  vector.pooling = pooling_of(given.text("pooling"));
  for (const int32_t layer : given.ids("layers")) vector.layers.push_back(layer);
  vector.pooler = given.flag("pooler");
  if (vector.layers.empty() || !std::is_sorted(vector.layers.begin(), vector.layers.end()))
    fail(ErrorCode::invalid_argument, "vector: layers must be one at least, ascending");
  return vector;
}

bool Objective::uses(const std::string& slot) const {
  if (begins(slot, "maskedLm")) return kind == Kind::masked_lm;
  if (begins(slot, "pooler")) return kind == Kind::contrastive && vector.pooler;
  return true;
}

Objective objective_of(const Properties& options) {
  const std::string name = options.text("objective");
  if (name == "sft") return {Objective::Kind::sft, {}, {}};
  if (name == "masked-lm") return {Objective::Kind::masked_lm, {}, {}};
  return {Objective::Kind::contrastive, sentence_vector_of(options.value("vector")), contrastive_of(options.value("contrastive"))};
}

Lesson lesson_of(const Objective& objective, const PackedRows& rows, const std::vector<int32_t>& labels, int64_t vocab_size) {
  if (objective.kind == Objective::Kind::contrastive) return {{}, static_cast<double>(objective.contrastive.anchors)};
  const auto targets = objective.kind == Objective::Kind::sft ? next_token_targets : masked_targets;
  Lesson lesson{targets(rows, labels.data(), vocab_size), 0};
  lesson.count = static_cast<double>(lesson.targets.tokens.size());
  return lesson;
}

}  // namespace xling::addon
