// Whether the f64 gradients that attention's kernels are held to are slopes themselves.
#pragma once

#include "check.h"
#include "kernels/attention_fixture.h"

namespace xling::test {

inline const AttentionShape slope_shapes[] = {{{5, 3}, 4, 2, 8, -1, 0}, {{6}, 3, 1, 8, 1, 2}, {{4}, 1, 1, 8, -1, -1}};

inline double largest(const Doubles& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::abs(v));
  return most;
}

inline void check_attention_truth(AttentionProblem p) {
  const auto want = attention_truth(p);
  const auto loss = [&] {
    const auto y = attention_truth(p).y;
    return dot(y.data(), p.dy.data(), static_cast<int64_t>(y.size()));
  };
  const auto compare = [&](Floats& input, const Doubles& gradient) {
    for (size_t i = 0; i < input.size(); i += 3) {
      const float middle = input[i], up = middle + 0x1p-10f, down = middle - 0x1p-10f;
      input[i] = up;
      const double above = loss();
      input[i] = down;
      const double below = loss();
      input[i] = middle;
      // Central differences in f64: what is left is h^2 = 2^-20 times a third derivative of a few units.
      CHECK_NEAR((above - below) / (double(up) - down), gradient[i], 1e-5 * std::max(1.0, largest(gradient)));
    }
  };
  compare(p.q, want.dq);
  compare(p.k, want.dk);
  compare(p.v, want.dv);
}

}  // namespace xling::test
