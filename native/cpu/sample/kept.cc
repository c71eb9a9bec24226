#include "cpu/sample/kept.h"

#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

namespace xling {

namespace {

using simd::sample_chunk;

struct Weighed {
  float z;
  int32_t id;
  int64_t weight;
};

bool precedes(const Weighed& a, const Weighed& b) { return a.z != b.z ? a.z > b.z : a.id < b.id; }

// Buckets and weights of a row's chunks.
class Weigher {
 public:
  Weigher(const SampleRow& row, const simd::SampleLoops& loops) : row_(row), loops_(loops) {
    // No sum of `count` weights passes 2^62.
    int bits = 0;
    for (int64_t count = row.count; count > 0; count >>= 1) ++bits;
    // As fine as the row's spread allows: nearly equal logits are many buckets too.
    const double spread = std::min(row.behind(row.least), simd::most_weighed);
    const double steps = simd::last_bucket / (spread > 0 ? spread : simd::most_weighed);
    weighing_ = {row.largest, row.temperature, std::ldexp(1.0, std::min(51, 62 - bits)), steps};
  }

  // As a chunk's loop has it.
  int32_t bucket_of(float z) const {
    return static_cast<int32_t>(std::min(row_.behind(z) * weighing_.steps, double{simd::last_bucket}));
  }
  const int32_t* buckets(int64_t chunk) {
    loops_.buckets(weighing_, whole(chunk), buckets_);
    return buckets_;
  }
  const int64_t* weights(int64_t chunk) {
    loops_.weights(weighing_, whole(chunk), weights_);
    return weights_;
  }

 private:
  const float* whole(int64_t chunk) {
    const float *begin = row_.z + row_.begin(chunk), *end = row_.z + row_.end(chunk);
    if (end - begin == sample_chunk) return begin;
    std::fill(std::copy(begin, end, padded_), padded_ + sample_chunk, -INFINITY);
    return padded_;
  }

  const SampleRow& row_;
  const simd::SampleLoops& loops_;
  simd::Weighing weighing_;
  int32_t buckets_[sample_chunk];
  int64_t weights_[sample_chunk];
  float padded_[sample_chunk];
};

// The first in order with which the weights reach `needed`, of a list that has as much.
Weighed reaching(std::vector<Weighed>& list, int64_t needed) {
  auto begin = list.begin(), end = list.end();
  while (end - begin > 1) {
    const auto middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end, precedes);
    const int64_t upper =
        std::accumulate(begin, middle, int64_t{0}, [](int64_t sum, const Weighed& each) { return sum + each.weight; });
    if (upper >= needed) {
      end = middle;
    } else {
      needed -= upper;
      begin = middle;
    }
  }
  return *begin;
}

}  // namespace

// As many chunks as k have something that is not below the k-th largest of
// their maxima, so the k-th of all is not below it either: few others are.
float kth_largest(const SampleRow& row, int64_t k) {
  float bound = -INFINITY;
  if (k <= row.chunks()) {
    std::vector<float> maxima = row.maxima;
    std::nth_element(maxima.begin(), maxima.begin() + (k - 1), maxima.end(), std::greater<float>());
    bound = maxima[static_cast<size_t>(k - 1)];
  }
  std::vector<float> found;
  for (int64_t chunk = 0; chunk < row.chunks(); ++chunk)
    if (row.maxima[static_cast<size_t>(chunk)] >= bound)
      std::copy_if(row.z + row.begin(chunk), row.z + row.end(chunk), std::back_inserter(found),
                   [&](float z) { return z >= bound; });
  std::nth_element(found.begin(), found.begin() + (k - 1), found.end(), std::greater<float>());
  return found[static_cast<size_t>(k - 1)];
}

// One pass sums the weights by bucket, which is enough to know in which bucket
// the cut is; only that one is put in order.
Kept cut_top_p(const SampleRow& row, Kept kept, float top_p, const simd::SampleLoops& loops) {
  Weigher weigher(row, loops);
  std::vector<int64_t> sums(simd::last_bucket + 1);
  for (int64_t chunk = 0; chunk < row.chunks(); ++chunk) {
    if (row.maxima[static_cast<size_t>(chunk)] < kept.lowest) continue;
    const int32_t* buckets = weigher.buckets(chunk);
    const int64_t* weights = weigher.weights(chunk);
    for (int64_t id = row.begin(chunk), i = 0; id < row.end(chunk); ++id, ++i)
      if (row.z[id] >= kept.lowest) sums[static_cast<size_t>(buckets[i])] += weights[i];
  }

  const int64_t total = std::accumulate(sums.begin(), sums.end(), int64_t{0});
  auto needed = static_cast<int64_t>(std::ceil(static_cast<double>(top_p) * static_cast<double>(total)));
  int32_t bucket = 0;
  for (; sums[static_cast<size_t>(bucket)] < needed; ++bucket) needed -= sums[static_cast<size_t>(bucket)];

  std::vector<Weighed> list;
  for (int64_t chunk = 0; chunk < row.chunks(); ++chunk) {
    if (weigher.bucket_of(row.maxima[static_cast<size_t>(chunk)]) > bucket) continue;
    const int32_t* buckets = weigher.buckets(chunk);
    if (std::find(buckets, buckets + sample_chunk, bucket) == buckets + sample_chunk) continue;
    const int64_t* weights = weigher.weights(chunk);
    for (int64_t id = row.begin(chunk), i = 0; id < row.end(chunk); ++id, ++i)
      // What top-k dropped is in no sum, and comes after the cut in order.
      if (buckets[i] == bucket) list.push_back({row.z[id], static_cast<int32_t>(id), weights[i]});
  }
  const Weighed cut = reaching(list, needed);
  kept.lowest = cut.z;
  kept.last = cut.id;
  return kept;
}

}  // namespace xling
