// What a batch is learnt by, as JavaScript asks for it.
#pragma once

#include "addon/model.h"
#include "addon/properties.h"
#include "models/decoder_tasks.h"
#include "models/encoder_tasks.h"

namespace xling::addon {

// From { pooling, layers, pooler }.
SentenceVector sentence_vector_of(const Napi::Value& value);

struct Objective {
  enum class Kind { sft, contrastive, masked_lm };
  Kind kind;
  SentenceVector vector;           // of contrastive
  ContrastiveOptions contrastive;  // the same

  // Whether the gradient of what is in the slot can be anything else than zero.
  bool uses(const std::string& slot) const;
};

// From { objective: 'sft' | 'contrastive' | 'masked-lm', vector, contrastive }.
Objective objective_of(const Properties& options);

// The forward, backward and loss of rows under an objective.
struct Lesson {
  Targets targets;
  double count;  // labels, or anchors
};

// ERR_NO_LABELS, ERR_INVALID_ARGUMENT. There are as many labels as tokens, but for contrastive, which has none.
Lesson lesson_of(const Objective& objective, const PackedRows& rows, const std::vector<int32_t>& labels, int64_t vocab_size);

}  // namespace xling::addon
