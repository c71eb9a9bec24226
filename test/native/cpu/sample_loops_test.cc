// The lane code of sample, a chunk at a time.
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using simd::sample_chunk;

struct Chunk {
  float z[sample_chunk];
  explicit Chunk(uint32_t stream, float spread) {
    const auto numbers = test::random_numbers(sample_chunk, stream);
    for (int i = 0; i < sample_chunk; ++i) z[i] = 9 - spread * std::abs(numbers[size_t(i)]);
  }
};

TEST("sample: weights are exponentials within 2 ulp and half a unit, buckets the same steps; every ISA gives these bits") {
  for (uint32_t stream = 0; stream < 200; ++stream)
    for (double one : {0x1p31, 0x1p51}) {
      Chunk chunk(stream, stream % 2 ? 0.5f : 12.0f);
      chunk.z[0] = 9, chunk.z[5] = -INFINITY, chunk.z[9] = -1e30f;
      const simd::Weighing weighing{9, 0.7, one, 100};
      int64_t weights[sample_chunk];
      int32_t buckets[sample_chunk];
      for (const auto* loops : test::all_loops()) {
        loops->sample.weights(weighing, chunk.z, weights);
        loops->sample.buckets(weighing, chunk.z, buckets);
        int64_t first[sample_chunk];
        test::all_loops()[0]->sample.weights(weighing, chunk.z, first);
        for (int i = 0; i < sample_chunk; ++i) {
          const double behind = (9.0 - chunk.z[i]) / 0.7, exact = std::exp(-behind) * one;
          CHECK_NEAR(double(weights[i]), exact, 0.5 + exact * 0x1p-51);
          CHECK_EQ(buckets[i], (behind < 40.96 ? int32_t(behind * 100) : 4096));
          CHECK_EQ(weights[i], first[i]);
        }
        CHECK_EQ(weights[0], int64_t(one));
      }
    }
}

TEST("sample: maxima of chunks, the least of all, and what is strange, wherever it is") {
  for (const auto* loops : test::all_loops())
    for (size_t count : {1, 3, 63, 64, 65, 200}) {
      const size_t chunks = (count + sample_chunk - 1) / sample_chunk;
      std::vector<float> z = test::random_numbers(count, 5), maxima(chunks + 1, 77);
      for (float& value : z) value -= 8;
      for (size_t at = 0; at < count; ++at) {
        auto put = z;
        put[at] = 50;
        auto bounds = loops->sample.maxima(put.data(), int64_t(count), maxima.data());
        for (size_t c = 0; c < chunks; ++c) {
          float most = -INFINITY;
          for (size_t i = 64 * c; i < std::min(count, 64 * c + 64); ++i) most = std::max(most, put[i]);
          CHECK_EQ(maxima[c], most);
        }
        CHECK_EQ(maxima[chunks], 77.0f);
        CHECK(!bounds.strange);
        put[at] = -50;
        bounds = loops->sample.maxima(put.data(), int64_t(count), maxima.data());
        CHECK_EQ(bounds.least, -50.0f);
        CHECK_EQ(maxima[at / 64] == -50, count == 1 || (at % 64 == 0 && at + 1 == count));
        for (float strange : {NAN, INFINITY}) {
          put[at] = strange;
          CHECK(loops->sample.maxima(put.data(), int64_t(count), maxima.data()).strange);
        }
        put[at] = -INFINITY;
        bounds = loops->sample.maxima(put.data(), int64_t(count), maxima.data());
        CHECK(!bounds.strange);
        CHECK_EQ(bounds.least, -INFINITY);
      }
    }
}

TEST("sample: the words of a chunk are the stream's, and their largest is") {
  const RandomStream stream({uint64_t{7} << 33 | 5, RandomPurpose::sampling, 0, 0, 0, uint64_t{3} << 40 | 11});
  for (const auto* loops : test::all_loops())
    for (uint32_t chunk : {0u, 1u, 4095u, (1u << 25) - 1})
      for (uint32_t position : {0u, 1u, 0x7fffffffu}) {
        uint32_t words[sample_chunk], largest = 0;
        const simd::WordsAt at{{stream.key()[0], stream.key()[1]}, {stream.upper()[0], stream.upper()[1]}, position};
        const uint32_t said = loops->sample.words(at, chunk, words);
        for (uint32_t i = 0; i < sample_chunk; ++i) {
          const uint32_t want = stream.words(position, chunk * 16 + i / 4)[i % 4];
          CHECK_EQ(words[i], want);
          largest = std::max(largest, words[i]);
        }
        CHECK_EQ(said, largest);
      }
}

}  // namespace
