// One forward of a batch that samples: rows go on from a cache, and some of
// them get their next token.
#pragma once

#include <vector>

#include "models/decoder.h"
#include "models/runner.h"
#include "sampling/prompt.h"

namespace xling {

// The rows of a step, packed.
struct StepRows {
  std::vector<int32_t> ids, offsets = {0}, slots, starts;
  std::vector<AdaptedRows> adapted;

  int64_t rows() const { return static_cast<int64_t>(slots.size()); }
  // A row of `count` tokens, which goes on at `start` of its slot, through an adapter or, if that is null, none.
  void push(const int32_t* tokens, int64_t count, int32_t slot, int32_t start, const LoraLayers* adapter = nullptr);
};

// The tokens that are followed by a new one, and how each is drawn.
struct Draws {
  std::vector<int32_t> tokens;  // places in the packed ids
  std::vector<SampleSettings> settings;
  std::vector<int32_t> top_k, positions, history, history_offsets = {0};
  std::vector<uint64_t> seeds, keys;

  // After the packed token at `place`: the next one of a row that is `ids` so far.
  void push(int32_t place, const Prompt& prompt, const std::vector<int32_t>& ids);
};

// Runs the rows and draws a token for each of `draws`, to `out`: kernels/sample.h,
// whose -1 is passed on. Everything that is referred to outlives the body.
Runner::Body next_ids(const Decoder& decoder, const StepRows& rows, const std::vector<LayerCache>& cache, const Draws& draws,
                      int32_t* out);

}  // namespace xling
