// The gradients of linear_cross_entropy where numbers are huge or not finite.
#include "check.h"
#include "kernels/linear_cross_entropy_fixture.h"

namespace {

using namespace xling;
using test::all_gradients;
using test::Asked;
using test::HeadProblem;
using test::HeadReference;
using test::run;

constexpr Asked dx_alone{true, false, false};
const Asked both_ways[] = {dx_alone, all_gradients};

void check_finite(const std::vector<float>& numbers) {
  for (float number : numbers) CHECK(std::isfinite(number));
}

TEST("linear_cross_entropy's gradients: a large lse costs no digits of theirs") {
  HeadProblem p(2, 2, 4500);
  p.biased = false;
  // Logits near 98304, exact in f32 and within 6 of each other, whose lse is off by up to 2^-8.
  for (size_t i = 0; i < p.x.size(); ++i) p.x[i] = i % 2 == 0 ? 4096 : 1;
  for (size_t i = 0; i < p.w.size(); ++i) p.w[i] = i % 2 == 0 ? 24 : float(i / 2 % 7) - 3;
  const HeadReference want(p, true);
  for (const auto* loops : test::all_loops())
    for (const Asked asked : both_ways) {
      const auto got = run(test::cpu_with(*loops, 2), p, asked);
      // Chances within 8 ulp; the chain over the vocabulary as in the values' test.
      for (size_t i = 0; i < got.dx.size(); ++i)
        CHECK_NEAR(got.dx[i], want.dx[i], (8 + 4 * std::sqrt(4500)) * 0x1p-24 * want.dx_terms[i]);
    }
}

TEST("linear_cross_entropy's gradients: logits far beyond what an exponential holds stay finite") {
  HeadProblem p(3, 4, 4500);
  for (float& x : p.x) x *= 1e30f;
  for (const auto* loops : test::all_loops())
    for (const Asked asked : both_ways) {
      const auto got = run(test::cpu_with(*loops, 2), p, asked);
      check_finite(got.dx);
      check_finite(got.dw);
      check_finite(got.dbias);
    }
}

TEST("linear_cross_entropy's gradients: a token that cannot be, by a bias of -inf, has none; a whole tile of them, too") {
  for (const auto* loops : test::all_loops())
    for (int64_t first : {0, 4096})
      for (float cap : {0.0f, 5.0f}) {
        const auto backend = test::cpu_with(*loops, 2);
        HeadProblem p(5, 6, 4500);
        p.cap = cap;
        p.labels = {4090, 4095, 4095, 4090, 4095};
        if (first == 0) p.labels = {4096, 4100, 4499, 4096, 4100};
        const size_t begin = size_t(first), end = first == 0 ? 4096 : 4500;
        std::fill(p.bias.begin() + int64_t(begin), p.bias.begin() + int64_t(end), -INFINITY);
        const auto all = run(backend, p, all_gradients), alone = run(backend, p, dx_alone);
        for (const auto* numbers : {&all.lse, &all.loss, &all.dx, &all.dw, &all.dbias, &alone.dx}) check_finite(*numbers);
        const auto dw = test::start_of(4500 * 6, true), dbias = test::start_of(4500, true);
        for (size_t v = begin; v < end; ++v) {
          CHECK_EQ(all.dbias[v], dbias[v]);
          for (size_t k = 0; k < 6; ++k) CHECK_EQ(all.dw[v * 6 + k], dw[v * 6 + k]);
        }
        if (cap != 0) continue;  // its -inf is -cap, which has a chance
        // The rest is as if the others were not there.
        HeadProblem rest = p;
        rest.vocab = 4500 - int64_t(end - begin);
        rest.w.erase(rest.w.begin() + int64_t(begin) * 6, rest.w.begin() + int64_t(end) * 6);
        rest.bias.erase(rest.bias.begin() + int64_t(begin), rest.bias.begin() + int64_t(end));
        if (first == 0)
          for (int32_t& label : rest.labels) label -= 4096;
        CHECK(run(backend, rest, dx_alone).dx == alone.dx);
      }
}

TEST("linear_cross_entropy's gradients: of a label that cannot be, they point away from it, though the loss is infinite") {
  for (const auto* loops : test::all_loops()) {
    HeadProblem p(2, 6, 500);
    p.labels = {3, 7};
    p.bias[3] = -INFINITY;
    const auto alone = run(test::cpu_with(*loops, 2), p, dx_alone), all = run(test::cpu_with(*loops, 2), p, all_gradients);
    CHECK_EQ(alone.loss[0], INFINITY);
    check_finite(alone.dx);
    for (const auto* numbers : {&all.dx, &all.dw, &all.dbias}) check_finite(*numbers);
    CHECK_NEAR(all.dbias[3] - test::start_of(500, true)[3], -1, 0x1p-22);  // of 0 - 1, added to a number below 4
  }
}

TEST("linear_cross_entropy's gradients: a row's NaN stays its own") {
  for (const auto* loops : test::all_loops())
    for (const Asked asked : both_ways) {
      HeadProblem p(3, 6, 500);
      p.x[8] = NAN;
      const auto dx = run(test::cpu_with(*loops, 2), p, asked).dx;
      for (size_t i = 0; i < dx.size(); ++i) CHECK_EQ(std::isnan(dx[i]), i / 6 == 1);
    }
}

}  // namespace
