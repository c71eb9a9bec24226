// Sums and gradients over tiles of logits, as linear_cross_entropy hands them to an ISA.
#pragma once

#include <cstdint>

namespace xling::simd {

// scaled = sum exp(z - largest) over what was added so far; -inf and 0 before.
struct RunningSum {
  float largest;
  float scaled;
};

// A row's part of a tile, z[count].
struct LogitTile {
  float* z;
  int64_t count;
  float cap;  // 0: none
};

struct CrossEntropyLoops {
  // z = cap * tanh(z / cap), where there is a cap.
  void (*cap)(const LogitTile&);
  // Adds z, which is capped. Returns what the sum so far was multiplied by.
  float (*add)(const LogitTile&, RunningSum&);
  // z = exp(z - largest) * factor, times the slope of the cap where there is one.
  struct Weights {
    float largest;  // of the row so far
    float factor;
  };
  void (*weigh)(const LogitTile&, const Weights&);
};

}  // namespace xling::simd
