#include "models/forward_options.h"

namespace xling {

namespace {

RowStreams streams_of(const Pass& pass, const PackedRows& rows, const DropoutSource& dropout, const AdaptedRows& some) {
  std::vector<int32_t> offsets(rows.offsets + some.begin, rows.offsets + some.end + 1);
  for (int32_t& offset : offsets) offset -= rows.offsets[some.begin];
  const int64_t count = some.end - some.begin;
  const Tensor keys = pass.upload(dropout.keys + 3 * some.begin, {count, 3}, DType::i32);
  return {pass.upload(offsets.data(), Shape{count + 1}, DType::i32), keys, dropout.seed, dropout.step};
}

}  // namespace

Adaptation adaptation(const Pass& pass, const PackedRows& rows, const ForwardOptions& options) {
  Adaptation out;
  for (const AdaptedRows& some : options.adapters) {
    AdapterSegment segment{rows.offsets[some.begin], rows.offsets[some.end], some.layers, some.dropout, {}};
    if (some.dropout != 0) segment.streams = streams_of(pass, rows, options.dropout, some);
    out.push_back(segment);
  }
  return out;
}

RowStreams row_streams(const Pass& pass, const PackedRows& rows, const DropoutSource& dropout) {
  return streams_of(pass, rows, dropout, {0, rows.rows, nullptr});
}

}  // namespace xling
