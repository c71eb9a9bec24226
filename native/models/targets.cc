#include "models/targets.h"

namespace xling {

namespace {

// Calls use(t, first token of t's row) for each token with a label.
template <class Use>
void for_labels(const PackedRows& rows, const int32_t* labels, int64_t vocab_size, const Use& use) {
  for (int64_t row = 0; row < rows.rows; ++row)
    for (int32_t t = rows.offsets[row]; t < rows.offsets[row + 1]; ++t) {
      if (labels[t] == -100) continue;
      if (labels[t] < 0 || labels[t] >= vocab_size)
        fail(ErrorCode::invalid_argument, "row ", row, ": label ", labels[t], " at token ", t - rows.offsets[row],
             " is neither -100 (none) nor one of 0 to ", vocab_size - 1);
      use(t, rows.offsets[row]);
    }
}

}  // namespace

Targets next_token_targets(const PackedRows& rows, const int32_t* labels, int64_t vocab_size) {
  Targets targets;
  for_labels(rows, labels, vocab_size, [&](int32_t t, int32_t first) {
    if (t == first) return;
    targets.tokens.push_back(t - 1);
    targets.labels.push_back(labels[t]);
  });
  if (targets.tokens.empty())
    fail(ErrorCode::no_labels, "no token has a label: all are -100, or the first of their row, which nothing comes before");
  return targets;
}

Targets masked_targets(const PackedRows& rows, const int32_t* labels, int64_t vocab_size) {
  Targets targets;
  for_labels(rows, labels, vocab_size, [&](int32_t t, int32_t) {
    targets.tokens.push_back(t);
    targets.labels.push_back(labels[t]);
  });
  if (targets.tokens.empty()) fail(ErrorCode::no_labels, "no token has a label: all are -100");
  return targets;
}

}  // namespace xling
