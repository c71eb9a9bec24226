// The arithmetic of kernels/attention.h to the letter, a query at a time: what
// every ISA is held to, to the last bit.
#pragma once

#include <cfloat>

#include "cpu/simd/exp.h"
#include "kernels/attention_fixture.h"

namespace xling::test {

// An ISA without a fused multiply-add rounds twice.
struct Twice {
  static float multiply_add(float a, float b, float c) { return a * b + c; }
};

template <class Arithmetic>
float exp_of(float x) {
  return simd::exp(simd::vec<1, Arithmetic>::splat(x)).sum();
}

// The contract's arithmetic to the letter, a query at a time.
template <class Arithmetic>
AttentionOutcome spelled_out(const AttentionProblem& p) {
  const auto fma = Arithmetic::multiply_add;
  AttentionOutcome out{Floats(p.q.size()), Floats(p.q.size() / static_cast<size_t>(p.width)), {}, {}, {}};
  size_t row = 0;
  p.for_each_query([&](int64_t t, int64_t first, int64_t last) {
    while (p.offsets[row + 1] <= t) ++row;
    for (int64_t h = 0; h < p.heads; ++h) {
      const float* q = &p.q[p.at(t, h)];
      float* y = &out.y[p.at(t, h)];
      float m = -FLT_MAX, l = 0;
      for (int64_t begin = first; begin < last;) {
        const int64_t end = std::min(last, p.offsets[row] + ((begin - p.offsets[row]) / 96 + 1) * 96);
        Floats s;
        for (int64_t j = begin; j < end; ++j) {
          float acc = 0;
          for (int64_t d = 0; d < p.width; ++d) acc = fma(q[d], p.k[p.key_at(j, h) + d], acc);
          s.push_back(acc * p.scale);
        }
        float most = m, sum = 0;
        for (float score : s) most = std::max(most, score);
        const float keep = exp_of<Arithmetic>(m - most);
        for (int64_t d = 0; d < p.width; ++d) y[d] *= keep;
        for (int64_t j = begin; j < end; ++j) {
          const float prob = exp_of<Arithmetic>(s[j - begin] - most);
          sum += prob;
          const float kept = p.rate == 0 ? prob : prob * p.mask(t, h, j);
          for (int64_t d = 0; d < p.width; ++d) y[d] = fma(kept, p.v[p.key_at(j, h) + d], y[d]);
        }
        m = most;
        l = fma(l, keep, sum);
        begin = end;
      }
      for (int64_t d = 0; d < p.width; ++d) y[d] *= 1 / l;
      out.lse[t * p.heads + h] = m + std::log(l);
    }
  });
  return out;
}

}  // namespace xling::test
