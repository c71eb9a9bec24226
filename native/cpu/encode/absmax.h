// The absmaxes of nf4d, quantised themselves. The formula is in kernels/quantize.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/code_books.h"

namespace xling {

// The code nearest to `value`, the lower one halfway. bitsandbytes looks a number
// up on a grid of 2^16 points over [-1, 1]; without that step some codes near a border differ.
inline uint8_t nearest_dynamic_code(float value) {
  const float inside = std::min(1.0f, std::max(-1.0f, value));  // in this order a NaN is -1
  const float point = std::floor((inside + 1.0f) * 32767.5f + 0.5f);
  const float snapped = 2.0f * point / 65535.0f - 1.0f;
  const auto& code = dynamic_code();
  const auto* above = std::lower_bound(code.data(), code.data() + 255, snapped);
  if (above == code.data()) return 0;
  const bool nearer_above = *above - snapped < snapped - above[-1];
  return static_cast<uint8_t>(above - code.data() - (nearer_above ? 0 : 1));
}

// `count` absmaxes, at most a group, into a code each; returns the group's absmax.
inline float encode_absmax_group(const float* absmax, int64_t count, float offset, uint8_t* codes) {
  float largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(absmax[i] - offset));
  const float inverse = 1.0f / largest;
  for (int64_t i = 0; i < count; ++i) codes[i] = nearest_dynamic_code((absmax[i] - offset) * inverse);
  return largest;
}

}  // namespace xling
