// A row of logits on its way to one token, with the largest of every chunk, so
// that later passes read only the chunks that matter.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cpu/simd/sample_loops.h"

namespace xling {

struct SampleRow {
  const float* z = nullptr;  // [count], no NaN and no +inf
  int64_t count = 0;
  std::vector<float> maxima;  // of each chunk
  float largest = 0;          // of all, finite
  float least = 0;            // of all
  double temperature = 1;

  int64_t chunks() const { return static_cast<int64_t>(maxima.size()); }
  // Ids of a chunk: all but the last have simd::sample_chunk.
  int64_t begin(int64_t chunk) const { return chunk * simd::sample_chunk; }
  int64_t end(int64_t chunk) const { return std::min(begin(chunk + 1), count); }

  // d of the contract.
  double behind(float logit) const { return (static_cast<double>(largest) - static_cast<double>(logit)) / temperature; }

  int64_t first_of_largest() const {
    const int64_t chunk = std::find(maxima.begin(), maxima.end(), largest) - maxima.begin();
    return std::find(z + begin(chunk), z + end(chunk), largest) - z;
  }
};

// The ids that are still in the draw.
struct Kept {
  float lowest;      // z of them,
  int64_t last;      // the highest id of those that equal it,
  double reach;      // and the most that they may be behind

  bool holds(float z, int64_t id) const { return z > lowest || (z == lowest && id <= last); }
};

}  // namespace xling
