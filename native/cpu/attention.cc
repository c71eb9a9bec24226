#include "kernels/attention.h"

#include <algorithm>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/row_offsets.h"
#include "cpu/row_words.h"
#include "kernels/dropout.h"

namespace xling {

namespace {

// body(row, first token, tokens) for every row that has any.
template <class Op, class Body>
void for_each_row(const Op& op, const Body& body) {
  const int32_t* offsets = op.offsets.template as<int32_t>();
  for (int64_t b = 0; b + 1 < op.offsets.shape[0]; ++b)
    if (offsets[b + 1] > offsets[b]) body(b, int64_t{offsets[b]}, int64_t{offsets[b + 1]} - offsets[b]);
}

// By which words each row's probabilities are dropped; nothing where none are.
class Drops {
 public:
  template <class Op>
  explicit Drops(const Op& op) {
    if (op.dropout.rate == 0) return;
    rows_.resize(static_cast<size_t>(op.offsets.shape[0] - 1));
    for_each_row(op, [&](int64_t row, int64_t, int64_t tokens) {
      if (tokens > attention_dropout_tokens)
        fail(ErrorCode::invalid_argument, op.name, ": row ", row, " has ", tokens,
             " tokens, but probabilities are dropped of rows of at most ", attention_dropout_tokens);
      const float rate = op.dropout.rate;
      rows_[static_cast<size_t>(row)] = {row_words(op.dropout, row, 0), dropout_threshold(rate), dropout_factor(rate)};
    });
  }
  const simd::AttentionDrop* of(int64_t row) const { return rows_.empty() ? nullptr : &rows_[static_cast<size_t>(row)]; }

 private:
  std::vector<simd::AttentionDrop> rows_;
};

int64_t blocks(int64_t count, int64_t size) { return (count + size - 1) / size; }

// Tokens of a backward block: more of narrow heads, whose tokens take less of the
// second cache. By shape alone, since sums take blocks in order.
int64_t backward_block(const AttentionBackward& op, int64_t step) {
  const int64_t tokens = op.q.shape[2] > 128 ? 48 : 96;
  return blocks(tokens, step) * step;
}

// Whether tokens of two blocks meet, the one that asks being `distance` blocks
// (below 0: before) from the one that is asked. Their nearest tokens decide.
bool meet(const AttentionBackward& op, int64_t distance, int64_t block) {
  const int32_t reach = distance < 0 ? op.after : op.before;
  return reach < 0 || distance == 0 || (std::abs(distance) - 1) * block + 1 <= reach;
}

}  // namespace

void CpuBackend::execute(const Attention& op) {
  check_row_offsets(op.name, op.offsets, op.q.shape[0]);
  const int64_t key_heads = op.k.shape[1], group = op.q.shape[1] / key_heads;
  const Drops drops(op);
  std::vector<simd::AttentionQueries> tasks;
  for_each_row(op, [&](int64_t row, int64_t begin, int64_t tokens) {
    const int64_t queries = tokens * group, size = simd::attention_queries;
    for (int64_t head = 0; head < key_heads; ++head)
      // A causal row's last queries have most to do: they go first.
      for (int64_t first = (blocks(queries, size) - 1) * size; first >= 0; first -= size)
        tasks.push_back({begin, tokens, head, first, static_cast<int>(std::min(size, queries - first)), drops.of(row)});
  });
  pool_.run(static_cast<int64_t>(tasks.size()), [&](int64_t i) { loops_.attention.forward(op, tasks[static_cast<size_t>(i)]); });
}

// Blocks of queries meet blocks of keys along the diagonals of each row's square
// of blocks, one diagonal (wrapped round) after another. Pairs of a diagonal
// share neither block, so they may run side by side, and each sum takes its
// blocks in an order that the row's length gives.
void CpuBackend::execute(const AttentionBackward& op) {
  check_row_offsets(op.name, op.offsets, op.q.shape[0]);
  const int64_t key_heads = op.k.shape[1], block = backward_block(op, loops_.attention.keys);
  const Drops drops(op);
  int64_t most_blocks = 0;
  for_each_row(op, [&](int64_t, int64_t, int64_t tokens) { most_blocks = std::max(most_blocks, blocks(tokens, block)); });
  std::vector<simd::AttentionPair> tasks;
  for (int64_t diagonal = 0; diagonal < most_blocks; ++diagonal) {
    tasks.clear();
    for_each_row(op, [&](int64_t row, int64_t begin, int64_t tokens) {
      const int64_t count = blocks(tokens, block);
      if (diagonal >= count) return;
      const bool below = meet(op, diagonal, block), above = diagonal > 0 && meet(op, diagonal - count, block);
      for (int64_t head = 0; head < key_heads; ++head)
        for (int64_t i = above ? 0 : diagonal; i < (below ? count : diagonal); ++i) {
          const int64_t queries = i * block, keys = (i - diagonal + count) % count * block;
          tasks.push_back({begin, tokens, head, queries, std::min(tokens, queries + block), keys, std::min(tokens, keys + block),
                           drops.of(row)});
        }
    });
    pool_.run(static_cast<int64_t>(tasks.size()), [&](int64_t i) { loops_.attention.backward(op, tasks[static_cast<size_t>(i)]); });
  }
}

}  // namespace xling
