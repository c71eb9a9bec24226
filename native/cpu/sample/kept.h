// top-k and top-p: where a row of logits is cut.
#pragma once

#include "cpu/sample/sample_row.h"

namespace xling {

// k from 1 to row.count.
float kth_largest(const SampleRow& row, int64_t k);

// `kept` with what top_p, below 1, leaves of it; of `kept` only `lowest` limits yet.
Kept cut_top_p(const SampleRow& row, Kept kept, float top_p, const simd::SampleLoops& loops);

}  // namespace xling
