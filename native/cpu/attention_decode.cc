#include "kernels/attention_decode.h"

#include <algorithm>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/row_offsets.h"

namespace xling {

namespace {

// About ten microseconds of copies: what is worth waking a thread for.
constexpr int64_t numbers_per_store = 16384;

void check_rows(const AttentionDecode& op) {
  check_row_offsets(op.name, op.offsets, op.q.shape[0]);
  const int64_t slots = op.keys.shape[0], places = op.keys.shape[2];
  const auto* offsets = op.offsets.as<const int32_t>();
  const auto* slot = op.slots.as<const int32_t>();
  const auto* starts = op.starts.as<const int32_t>();
  std::vector<int64_t> row_in(static_cast<size_t>(slots), -1);
  for (int64_t b = 0; b < op.slots.shape[0]; ++b) {
    if (slot[b] < 0 || slot[b] >= slots)
      fail(ErrorCode::invalid_argument, op.name, ": slots[", b, "] is ", slot[b], ", which is none of the ", slots,
           " slots, numbered from 0");
    int64_t& row = row_in[static_cast<size_t>(slot[b])];
    if (row >= 0)
      fail(ErrorCode::invalid_argument, op.name, ": slots[", b, "] is ", slot[b], ", which slots[", row,
           "] is too; rows share no slot");
    row = b;
    if (starts[b] < 0)
      fail(ErrorCode::invalid_argument, op.name, ": starts[", b, "] is ", starts[b], " but must be 0 or more");
    const int64_t tokens = offsets[b + 1] - offsets[b];
    if (op.before < 0 && starts[b] + tokens > places)
      fail(ErrorCode::invalid_argument, op.name, ": row ", b, " has ", tokens, " tokens from position ", starts[b],
           " on, and a slot has ", places, " places; use a cache with more");
    if (op.before >= 0 && starts[b] + tokens > places && tokens + op.before > places)
      fail(ErrorCode::invalid_argument, op.name, ": row ", b, " has ", tokens, " tokens, the first attends ", op.before,
           " before it, and a slot has ", places, " places; give fewer tokens at a time");
  }
}

// body(row, first token of the batch, tokens) for every row that has any.
template <class Body>
void for_each_row(const AttentionDecode& op, const Body& body) {
  const auto* offsets = op.offsets.as<const int32_t>();
  for (int64_t b = 0; b < op.slots.shape[0]; ++b)
    if (offsets[b + 1] > offsets[b]) body(b, int64_t{offsets[b]}, int64_t{offsets[b + 1]} - offsets[b]);
}

}  // namespace

void CpuBackend::execute(const AttentionDecode& op) {
  check_rows(op);
  const auto* slots = op.slots.as<const int32_t>();
  const auto* starts = op.starts.as<const int32_t>();

  const int64_t key_heads = op.k.shape[1], numbers = 2 * key_heads * op.k.shape[2];
  split(op.q.shape[0], std::max<int64_t>(1, numbers_per_store / numbers), [&](int64_t begin, int64_t end) {
    for_each_row(op, [&](int64_t b, int64_t row, int64_t tokens) {
      const int64_t first = std::max(begin, row), last = std::min(end, row + tokens);
      if (first < last) loops_.attention_decode.store(op, {first, last - first, starts[b] + first - row, slots[b]});
    });
  });

  const int64_t group = op.q.shape[1] / key_heads, size = simd::attention_queries;
  std::vector<simd::DecodeQueries> tasks;
  for_each_row(op, [&](int64_t b, int64_t row, int64_t tokens) {
    const int64_t queries = tokens * group;
    for (int64_t head = 0; head < key_heads; ++head)
      // The last queries have most to do: they go first.
      for (int64_t first = (queries - 1) / size * size; first >= 0; first -= size)
        tasks.push_back({row, starts[b], slots[b], head, first, static_cast<int>(std::min(size, queries - first))});
  });
  pool_.run(static_cast<int64_t>(tasks.size()),
            [&](int64_t i) { loops_.attention_decode.attend(op, tasks[static_cast<size_t>(i)]); });
}

}  // namespace xling
