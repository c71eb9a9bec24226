// Gumbel-max: the largest of logit / T plus noise is a draw from the softmax
// (Gumbel 1954; Maddison, Tarlow and Minka 2014, section 2).
#pragma once

#include "core/philox.h"
#include "cpu/sample/sample_row.h"

namespace xling {

struct Drawing {
  const RandomStream& stream;
  uint32_t position;
};

// The id of `kept` with the largest g - d, of equals the lowest.
int64_t gumbel_max(const SampleRow& row, const Kept& kept, const Drawing& drawing, const simd::SampleLoops& loops);

}  // namespace xling
