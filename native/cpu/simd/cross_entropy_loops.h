// A sum of exponentials over tiles of logits, as linear_cross_entropy hands them to an ISA.
#pragma once

#include <cstdint>

namespace xling::simd {

// scaled = sum exp(z - largest) over what was added so far; -inf and 0 before.
struct RunningSum {
  float largest;
  float scaled;
};

// z[count], soft-capped in place where cap is not 0.
struct LogitTile {
  float* z;
  int64_t count;
  float cap;
};

struct CrossEntropyLoops {
  void (*add_tile)(const LogitTile&, RunningSum&);
};

}  // namespace xling::simd
