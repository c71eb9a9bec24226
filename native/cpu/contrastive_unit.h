// Rows of length one, and the gradient through making them so, for contrastive.
#pragma once

#include <cstdint>

namespace xling {

// u = factor · x / max(|x|, 1e-12). Lengths are summed in f64, which holds the square of any f32.
struct UnitRow {
  const float* x;
  int64_t width;
  double factor;

  void write(float* u) const;
  // The gradient by u becomes that by x.
  void through(float* gradient) const;
};

}  // namespace xling
