// Both NF4s: out[i] = nf4_code[q[i]] * absmax, one rounding. Layouts: core/nf4_layout.h.
#pragma once

#include "core/code_books.h"
#include "core/nf4_layout.h"
#include "cpu/decode/load.h"

namespace xling {

// 32 bytes, the first of each two elements in the high nibble.
inline void decode_nf4(const uint8_t* codes, float absmax, float* out) {
  for (int i = 0; i < 32; ++i) {
    out[2 * i] = nf4_code[codes[i] >> 4] * absmax;
    out[2 * i + 1] = nf4_code[codes[i] & 0xf] * absmax;
  }
}

inline float nf4_absmax(const uint8_t* matrix, const Nf4Layout& layout, int64_t block) {
  return load<float>(matrix + layout.absmax + 4 * block);
}

// Two roundings: the product, then the sum.
inline float nf4d_absmax(const uint8_t* matrix, const Nf4Layout& layout, int64_t block) {
  const uint8_t code = matrix[layout.absmax + static_cast<size_t>(block)];
  const auto group = load<float>(matrix + layout.group_absmax + 4 * (block / nf4d_group));
  return dynamic_code()[code] * group + load<float>(matrix + layout.offset);
}

}  // namespace xling
