// The random words of packed rows, as the loops draw them.
#pragma once

#include "core/philox.h"
#include "core/tensor.h"
#include "cpu/simd/sample_loops.h"

namespace xling {

// Those of row `row` from its token `place` on, by what names a mask (kernels/dropout.h). Hashed
// here, since files with an ISA's flags take no function of core/philox.h along.
template <class Named>
simd::WordsAt row_words(const Named& by, int64_t row, int64_t place) {
  const auto* key = by.keys.template as<const int32_t>() + 3 * row;
  const auto bits = [](int32_t number) { return static_cast<uint32_t>(number); };
  const auto joined = [&](int32_t low, int32_t high) { return uint64_t{bits(high)} << 32 | bits(low); };
  const RandomStream stream({joined(by.seed_low, by.seed_high), RandomPurpose::dropout, bits(by.op), bits(by.step), bits(key[2]),
                             joined(key[0], key[1])});
  return {{stream.key()[0], stream.key()[1]}, {stream.upper()[0], stream.upper()[1]}, static_cast<uint32_t>(place)};
}

}  // namespace xling
