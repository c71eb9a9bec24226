// How a forward is run.
#pragma once

#include "models/packed_rows.h"

namespace xling {

// Rows [begin, end) go through an adapter, which lives until backward; ranges do not overlap.
struct AdaptedRows {
  int64_t begin, end;
  const LoraLayers* layers;
  float dropout = 0;  // rate at which what goes into the adapter is dropped
};

// What dropout's masks are drawn by, and the rates of what a model drops of its own accord.
struct DropoutSource {
  const int32_t* keys = nullptr;  // [rows, 3]: low and high words, and the view; only needed where something is dropped
  uint64_t seed = 0;
  uint32_t step = 0;  // optimizer steps done
  float features = 0;
  float probabilities = 0;
};

struct ForwardOptions {
  const Continuation* cache = nullptr;  // what is before the rows' first tokens; has no backward
  std::vector<AdaptedRows> adapters = {};
  DropoutSource dropout = {};
  bool recompute = false;  // blocks keep nothing for backward, and run twice
};

// By tokens, with what its masks are drawn by on the device.
Adaptation adaptation(const Pass& pass, const PackedRows& rows, const ForwardOptions& options);

// The streams of all rows.
RowStreams row_streams(const Pass& pass, const PackedRows& rows, const DropoutSource& dropout);

}  // namespace xling
