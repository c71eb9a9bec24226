#include "cpu/sample/gumbel_max.h"

#include <cmath>
#include <utility>

namespace xling {

namespace {

using simd::sample_chunk;

double gumbel(uint32_t word) { return -std::log(-std::log((word + 0.5) * 0x1p-32)); }

// No word gives more: -log(-log(1 - 2^-33)) is 22.874.
constexpr double most_gumbel = 22.88;

// No word below has a gumbel that reaches `g`, which is at most most_gumbel. Two
// words less than where it does: 2^-31 of u is over 1e-9 of its gumbel, and all
// roundings together are under 1e-13.
uint32_t lowest_word(double g) {
  const double word = std::exp(-std::exp(-g)) * 0x1p32 - 2.5;
  return word > 0 ? static_cast<uint32_t>(word) : 0;
}

struct Best {
  int64_t id;
  double score;
};

}  // namespace

// The id with the largest logit is always kept, and goes first: with its score
// known, few chunks hold a word that could beat it, and only those words'
// logarithms are taken.
int64_t gumbel_max(const SampleRow& row, const Kept& kept, const Drawing& drawing, const simd::SampleLoops& loops) {
  const auto [key, upper] = std::pair(drawing.stream.key(), drawing.stream.upper());
  const simd::WordsAt at{{key[0], key[1]}, {upper[0], upper[1]}, drawing.position};
  uint32_t words[sample_chunk];

  Best best{row.first_of_largest(), 0};
  loops.words(at, static_cast<uint32_t>(best.id / sample_chunk), words);
  best.score = gumbel(words[best.id % sample_chunk]);

  for (int64_t chunk = 0; chunk < row.chunks(); ++chunk) {
    const float most = row.maxima[static_cast<size_t>(chunk)];
    const double least_behind = row.behind(most), wanted = best.score + least_behind;
    if (most < kept.lowest || least_behind > kept.reach || wanted > most_gumbel) continue;
    const uint32_t lowest = lowest_word(wanted);
    if (loops.words(at, static_cast<uint32_t>(chunk), words) < lowest) continue;
    for (int64_t id = row.begin(chunk), i = 0; id < row.end(chunk); ++id, ++i) {
      if (words[i] < lowest || !kept.holds(row.z[id], id)) continue;
      const double behind = row.behind(row.z[id]);
      if (behind > kept.reach) continue;
      const double score = gumbel(words[i]) - behind;
      if (score > best.score || (score == best.score && id < best.id)) best = {id, score};
    }
  }
  return best.id;
}

}  // namespace xling
