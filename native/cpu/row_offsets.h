// Packed rows as the CPU's kernels meet them: offsets that are read where the
// kernel runs.
#pragma once

#include <cstdint>

#include "core/tensor.h"

namespace xling {

// Refuses offsets [B+1] that do not cut the tokens into rows: nothing later
// looks outside of what they say.
inline void check_row_offsets(const char* kernel, const Tensor& tensor, int64_t tokens) {
  const int64_t last = tensor.shape[0] - 1;
  const auto* offsets = tensor.as<const int32_t>();
  if (offsets[0] != 0) fail(ErrorCode::invalid_argument, kernel, ": offsets[0] is ", offsets[0], " but must be 0");
  for (int64_t b = 0; b < last; ++b)
    if (offsets[b + 1] < offsets[b])
      fail(ErrorCode::invalid_argument, kernel, ": offsets[", b + 1, "] is ", offsets[b + 1], ", below offsets[", b, "], which is ",
           offsets[b]);
  if (offsets[last] != tokens)
    fail(ErrorCode::invalid_argument, kernel, ": offsets[", last, "] is ", offsets[last], " but must be ", tokens,
         ", the number of tokens");
}

}  // namespace xling
