// core/philox.h over the sixteen groups of a chunk at once.
#pragma once

#include <cstring>

#include "core/philox.h"
#include "cpu/simd/sample_loops.h"

namespace xling::simd {

template <class V>
uint32_t chunk_words(const WordsAt& at, uint32_t chunk, uint32_t* words) {
  constexpr int groups = sample_chunk / 4;
  uint32_t a[groups], b[groups], c[groups], d[groups];
  for (uint32_t i = 0; i < groups; ++i) {
    a[i] = chunk * groups + i;
    b[i] = at.token;
    c[i] = at.upper[0];
    d[i] = at.upper[1];
  }
  uint32_t key0 = at.key[0], key1 = at.key[1];
  for (int round = 0; round < philox_rounds; ++round) {
    for (int i = 0; i < groups; ++i) {
      const uint64_t product0 = uint64_t{philox_multiplier0} * a[i];
      const uint64_t product1 = uint64_t{philox_multiplier1} * c[i];
      a[i] = static_cast<uint32_t>(product1 >> 32) ^ b[i] ^ key0;
      b[i] = static_cast<uint32_t>(product1);
      c[i] = static_cast<uint32_t>(product0 >> 32) ^ d[i] ^ key1;
      d[i] = static_cast<uint32_t>(product0);
    }
    key0 += philox_weyl0;
    key1 += philox_weyl1;
  }
  for (int i = 0; i < groups; ++i) {
    words[4 * i] = a[i];
    words[4 * i + 1] = b[i];
    words[4 * i + 2] = c[i];
    words[4 * i + 3] = d[i];
  }
  uint32_t largest = 0;
  for (int i = 0; i < sample_chunk; ++i) largest = words[i] > largest ? words[i] : largest;
  return largest;
}

}  // namespace xling::simd
