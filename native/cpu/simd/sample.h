// The passes of sample. The largest logits are found in lanes V; the rest are
// plain loops of fixed length, which the compiler turns into the ISA's vectors,
// since vec has no f64 and no products of whole numbers. Everything here is a
// template, so that no other file can be linked to one ISA's version of it.
#pragma once

#include "cpu/simd/philox_words.h"
#include "cpu/simd/sample_loops.h"
#include "cpu/simd/vec.h"

namespace xling::simd {

template <class V>
float largest_lane(V values) {
  float lane[V::lanes];
  values.store(lane);
  float most = lane[0];
  for (int i = 1; i < V::lanes; ++i) most = lane[i] > most ? lane[i] : most;
  return most;
}

template <class V>
RowBounds chunk_maxima(const float* z, int64_t count, float* maxima) {
  static_assert(sample_chunk % V::lanes == 0);
  const V infinity = V::splat(__builtin_inff()), one = V::splat(1.0f);
  V strange = V::zero(), least = infinity;
  for (int64_t first = 0; first < count; first += sample_chunk) {
    const float* chunk = z + first;
    float padded[sample_chunk];
    if (count - first < sample_chunk) {
      for (int i = 0; i < sample_chunk; ++i) padded[i] = first + i < count ? chunk[i] : *chunk;
      chunk = padded;
    }
    V most = V::splat(-__builtin_inff());
    for (int i = 0; i < sample_chunk; i += V::lanes) {
      const V value = V::load(chunk + i);
      most = max(value, most);
      strange = where_less(value, infinity, strange, one);  // a NaN is not below
      least = where_less(value, least, value, least);
    }
    *maxima++ = largest_lane(most);
  }
  return {-largest_lane(V::zero() - least), strange.sum() != 0.0f};
}

template <class V>
inline int64_t bits_of(double value) {
  int64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// e^-d for d from 0 to 64, within 2 ulp, by steps that are alike everywhere:
// -d = n·ln 2 + r with n whole, and e^r by Taylor's series to r^13, which leaves
// out less than 2^-57 of it. Inline, since a call would keep chunk_weights from vectors.
template <class V>
inline double exp_of_minus(double d) {
  constexpr double whole = 0x1.8p52;  // added, it leaves n in the low bits
  const double shifted = d * -0x1.71547652b82fep+0 + whole;
  const double n = shifted - whole;
  // ln 2 as 41 bits, whose product with n is exact, and the rest of it.
  const double r = (-d - n * 0x1.62e42fefa4p-1) + n * 0x1.8432a1b0e2634p-43;
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  // Into the exponent: n is above -93, so the sum is a normal number.
  const uint64_t bits = static_cast<uint64_t>(bits_of<V>(p)) + (static_cast<uint64_t>(bits_of<V>(shifted)) << 52);
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return power;
}

template <class V>
void chunk_weights(const Weighing& w, const float* z, int64_t* weights) {
  constexpr double whole = 0x1p52;  // added to less than itself, it leaves the nearest whole number in the low bits
  double behind[sample_chunk];
  for (int i = 0; i < sample_chunk; ++i) {
    const double d = (w.largest - static_cast<double>(z[i])) / w.temperature;
    behind[i] = d < most_weighed ? d : most_weighed;
  }
  // Apart from the loop above, in which gcc would make a branch of the bound.
  for (int i = 0; i < sample_chunk; ++i)
    weights[i] = bits_of<V>(exp_of_minus<V>(behind[i]) * w.one + whole) - bits_of<V>(whole);
}

template <class V>
void chunk_buckets(const Weighing& w, const float* z, int32_t* buckets) {
  for (int i = 0; i < sample_chunk; ++i) {
    const double step = (w.largest - static_cast<double>(z[i])) / w.temperature * w.steps;
    buckets[i] = static_cast<int32_t>(step < last_bucket ? step : last_bucket);
  }
}

template <class V>
constexpr SampleLoops sample_loops() {
  return {&chunk_maxima<V>, &chunk_weights<V>, &chunk_buckets<V>, &chunk_words<V>};
}

}  // namespace xling::simd
