// The inner loop of grad_norm. The compiler turns it into the ISA's vectors of
// f64, which V has not; it is a template so that no other file can be linked to
// one ISA's version of it.
#pragma once

#include <cstdint>

namespace xling::simd {

// The sum of the squares of g[count], as sixteen chains whose sums are added in
// halves. A square of an f32 is exact in f64, so no bit depends on the ISA.
template <class V>
double sum_of_squares(const float* g, int64_t count) {
  constexpr int chains = 16;
  double sum[chains] = {};
  int64_t i = 0;
  for (; i + chains <= count; i += chains)
    for (int c = 0; c < chains; ++c) sum[c] += static_cast<double>(g[i + c]) * static_cast<double>(g[i + c]);
  for (int c = 0; i + c < count; ++c) sum[c] += static_cast<double>(g[i + c]) * static_cast<double>(g[i + c]);
  for (int half = chains / 2; half > 0; half /= 2)
    for (int c = 0; c < half; ++c) sum[c] += sum[c + half];
  return sum[0];
}

}  // namespace xling::simd
