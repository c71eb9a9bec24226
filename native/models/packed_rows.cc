#include "models/packed_rows.h"

namespace xling {

namespace {

int32_t start_of(const int32_t* starts, int64_t row) { return starts ? starts[row] : 0; }

}  // namespace

void check_rows(const PackedRows& rows, const RowLimits& limits, const int32_t* starts) {
  for (int64_t row = 0; row < rows.rows; ++row) {
    const int64_t begin = rows.offsets[row], end = rows.offsets[row + 1];
    const int64_t length = start_of(starts, row) + end - begin;
    if (length > limits.max_positions)
      fail(ErrorCode::invalid_argument, "row ", row, " has ", length, " tokens but the context holds ", limits.max_positions,
           "; shorten it");
    for (int64_t t = begin; t < end; ++t)
      if (rows.ids[t] < 0 || rows.ids[t] >= limits.vocab_size)
        fail(ErrorCode::invalid_argument, "row ", row, ": id ", rows.ids[t], " at token ", t - begin, " is not one of 0 to ",
             limits.vocab_size - 1, "; does the tokenizer belong to this model?");
  }
}

std::vector<int32_t> places_of(const PackedRows& rows, const int32_t* starts) {
  std::vector<int32_t> places(static_cast<size_t>(rows.tokens()));
  for (int64_t row = 0; row < rows.rows; ++row)
    for (int32_t t = rows.offsets[row]; t < rows.offsets[row + 1]; ++t)
      places[static_cast<size_t>(t)] = start_of(starts, row) + t - rows.offsets[row];
  return places;
}

}  // namespace xling
