// Passes over a row of logits as `sample` hands them to an ISA, a chunk at a time.
#pragma once

#include <cstdint>

namespace xling::simd {

constexpr int sample_chunk = 64;  // ids

struct RowBounds {
  float least;   // of all
  bool strange;  // there is a NaN or +inf; with a NaN, neither `least` nor the maxima mean anything
};

// How far behind the largest a logit is, d = (largest - z) / temperature, as two whole numbers:
//   weight  exp(-d) * one, to the nearest; 0 from d = 64 on
//   bucket  d * steps without its fraction, at most last_bucket
struct Weighing {
  double largest;
  double temperature;
  double one;  // a power of two, at most 2^51
  double steps;
};

constexpr double most_weighed = 64;
constexpr int last_bucket = 4096;

// Which words of a random stream: core/philox.h's key and the counter but for the group.
struct WordsAt {
  uint32_t key[2];
  uint32_t upper[2];
  uint32_t token;
};

struct SampleLoops {
  // The largest of each chunk of z[count].
  RowBounds (*maxima)(const float* z, int64_t count, float* maxima);
  // Of one whole chunk z; no bit depends on the ISA.
  void (*weights)(const Weighing&, const float* z, int64_t* weights);
  void (*buckets)(const Weighing&, const float* z, int32_t* buckets);
  // The word of each id of chunk number `chunk`; gives the largest.
  uint32_t (*words)(const WordsAt&, uint32_t chunk, uint32_t* words);
};

}  // namespace xling::simd
