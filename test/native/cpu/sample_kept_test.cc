// Where top-k and top-p cut a row, beside the row sorted.
#include "cpu/sample/kept.h"

#include <functional>

#include "check.h"
#include "kernels/sample_row_by_row.h"

namespace {

using namespace xling;

SampleRow row_of(const std::vector<float>& z, double temperature, const simd::SampleLoops& loops) {
  SampleRow row;
  row.z = z.data();
  row.count = static_cast<int64_t>(z.size());
  row.maxima.resize((z.size() + simd::sample_chunk - 1) / simd::sample_chunk);
  row.least = loops.maxima(row.z, row.count, row.maxima.data()).least;
  row.largest = *std::max_element(z.begin(), z.end());
  row.temperature = temperature;
  return row;
}

// Spread, with many equal, nearly equal, and with nothing in most places.
std::vector<float> logits(int kind, size_t count) {
  auto z = test::random_numbers(count, uint32_t(count) + uint32_t(kind));
  for (size_t i = 0; i < count; ++i) {
    if (kind == 1) z[i] = std::round(z[i]);
    if (kind == 2) z[i] = 100 + z[i] * 1e-5f;
    if (kind == 3 && i % 7 != 3 % count) z[i] = -INFINITY;
    if (kind == 4) z[i] = 2;
  }
  return z;
}

const size_t counts[] = {1, 2, 7, 64, 65, 1031, 20000};

TEST("sample: the k-th largest is the sorted row's, for any k") {
  for (const auto* loops : test::all_loops())
    for (size_t count : counts)
      for (int kind = 0; kind < 5; ++kind) {
        const auto z = logits(kind, count);
        const auto row = row_of(z, 1, loops->sample);
        auto sorted = z;
        std::sort(sorted.begin(), sorted.end(), std::greater<float>());
        const size_t chunks = count / 64;
        for (size_t k : {size_t{1}, size_t{2}, size_t{64}, chunks, chunks + 1, chunks + 2, count / 2, count - 1, count})
          if (k >= 1 && k <= count) CHECK_EQ(kth_largest(row, int64_t(k)), sorted[k - 1]);
      }
}

TEST("sample: top-p ends at the id where the sorted row's sum does") {
  for (const auto* loops : test::all_loops())
    for (size_t count : counts)
      for (int kind = 0; kind < 5; ++kind)
        for (float temperature : {0.02f, 1.0f, 500.0f})
          for (float top_p : {1e-6f, 0.3f, 0.5f, 0.95f, 0.9999f})
            for (int32_t top_k : {0, 100}) {
              const auto z = logits(kind, count);
              const auto row = row_of(z, temperature, loops->sample);
              Kept kept{-INFINITY, row.count, INFINITY};
              if (top_k > 0 && top_k < row.count) kept.lowest = kth_largest(row, top_k);
              kept = cut_top_p(row, kept, top_p, loops->sample);
              test::SampledRow plain;
              plain.settings = {temperature, top_p, 0, 1};
              plain.top_k = top_k;
              CHECK_EQ(kept.last, int64_t{test::kept_ids(z, plain).back()});
              CHECK_EQ(kept.lowest, z[size_t(kept.last)]);
            }
}

}  // namespace
