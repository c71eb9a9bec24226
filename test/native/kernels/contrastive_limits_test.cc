// contrastive where numbers are huge, tiny, equal or not finite.
#include "check.h"
#include "kernels/contrastive_fixture.h"

namespace {

using namespace xling;
using test::ContrastiveProblem;
using test::ContrastiveReference;
using test::run;

constexpr Directions every_direction[] = {Directions::forward, Directions::both};

void check_near(const test::ContrastiveOutcome& got, const ContrastiveProblem& p) {
  const ContrastiveReference want(p);
  CHECK_NEAR(got.loss[0], want.loss, double(p.anchors) * (2 * test::logit_error(p) + 8 * 0x1p-23) + want.loss * 0x1p-24);
  for (size_t i = 0; i < got.dx.size(); ++i) CHECK_NEAR(got.dx[i], want.dx[i], test::gradient_error(p) * want.dx_terms[i]);
}

TEST("contrastive: large logits do not overflow") {
  for (const Directions directions : every_direction)
    for (float scale : {100.0f, 1e6f, 1e30f}) {
      ContrastiveProblem p(9, 16, 1);
      p.directions = directions, p.scale = scale;
      for (const auto* loops : test::all_loops())
        for (int64_t height : {4, 9}) {
          const auto got = run(test::cpu_with(*loops, 2), p, height);
          CHECK(std::isfinite(got.loss[0]));
          for (float number : got.dx) CHECK(std::isfinite(number));
          if (scale == 100) check_near(got, p);  // beyond, which candidate is first hangs on a rounding
        }
    }
}

TEST("contrastive: a large log-sum-exp costs the loss no digits") {
  for (const Directions directions : every_direction) {
    ContrastiveProblem p(4, 2, 1);
    p.directions = directions, p.scale = 98304, p.weight = -3;
    for (size_t i = 0; i < p.x.size(); ++i) p.x[i] = i % 2 == 0 ? 2 : 0;  // cosines are 1: logits are exact
    const double forward = 4 * std::log(7 + std::exp(-3.0)), back = 4 * std::log(4.0);
    const double want = directions == Directions::both ? (forward + back) / 2 : forward;
    for (const auto* loops : test::all_loops())
      CHECK_NEAR(run(test::cpu_with(*loops, 2), p).loss[0], want, 4 * 0x1p-23 * want);  // exponentials within 2 ulp
  }
}

TEST("contrastive: candidates that are all the same share the chances, be they on the anchor or opposite") {
  for (const Directions directions : every_direction)
    for (float sign : {1.0f, -1.0f}) {
      ContrastiveProblem p(6, 8, 1);
      p.directions = directions, p.scale = 200;
      for (size_t i = 8; i < p.x.size(); ++i) p.x[i] = i / 8 == 6 ? sign * p.x[i - 48] : p.x[i - 8];
      const double forward = 6 * std::log(12.0), back = 6 * std::log(6.0);
      for (const auto* loops : test::all_loops()) {
        const auto got = run(test::cpu_with(*loops, 2), p);
        CHECK_NEAR(got.loss[0], directions == Directions::both ? (forward + back) / 2 : forward, 16 * 0x1p-21);
        check_near(got, p);
      }
    }
}

TEST("contrastive: a single pair without negatives has no loss and no gradient") {
  for (const Directions directions : every_direction)
    for (const auto* loops : test::all_loops()) {
      ContrastiveProblem p(1, 72, 0);
      p.directions = directions;
      const auto got = run(test::cpu_with(*loops, 2), p);
      CHECK_EQ(got.loss[0], 0.0f);
      for (float number : got.dx) CHECK_EQ(number, 0.0f);
    }
}

TEST("contrastive: a row of zeros is at right angles to all, and its gradient is over 1e-12") {
  for (const Directions directions : every_direction)
    for (int64_t zero : {1, 5, 9}) {
      ContrastiveProblem p(4, 6, 1);
      p.directions = directions;
      std::fill_n(p.row(zero), 6, 0.0f);
      for (const auto* loops : test::all_loops()) {
        const auto got = run(test::cpu_with(*loops, 2), p);
        check_near(got, p);
        CHECK(std::abs(got.dx[size_t(zero * 6)]) > 1e6f);
      }
    }
}

TEST("contrastive: how long a row is changes no bit but its gradient's exponent") {
  for (const Directions directions : every_direction) {
    ContrastiveProblem p(4, 12, 1);
    p.directions = directions;
    const auto want = run(test::cpu_with(chosen_isa(), 2), p);
    const auto moved = [&](int exponent) {
      ContrastiveProblem out = p;
      for (int64_t r : {0, 5, 10})
        for (int64_t k = 0; k < 12; ++k) out.row(r)[k] = std::ldexp(p.row(r)[k], exponent);
      return run(test::cpu_with(chosen_isa(), 2), out);
    };
    // The last one's squares are beyond f32.
    for (int exponent : {-36, 20, 100}) {
      const auto got = moved(exponent);
      CHECK(got.loss == want.loss);
      for (size_t i = 0; i < want.dx.size(); ++i) {
        const bool longer = i / 12 == 0 || i / 12 == 5 || i / 12 == 10;
        CHECK_EQ(got.dx[i], longer ? std::ldexp(want.dx[i], -exponent) : want.dx[i]);
      }
    }
  }
}

TEST("contrastive: a row shorter than 1e-12 is shorter than one, too, and its gradient is as of a row of zeros") {
  for (float by : {1e-14f, 1e-30f, 1e-43f}) {
    ContrastiveProblem p(4, 6, 1);
    for (int64_t r : {2, 6})
      for (int64_t k = 0; k < 6; ++k) p.row(r)[k] *= by;
    for (const auto* loops : test::all_loops()) check_near(run(test::cpu_with(*loops, 2), p), p);
  }
}

TEST("contrastive: what is not a number, in any row, comes to the loss") {
  for (const auto* loops : test::all_loops())
    for (const Directions directions : every_direction)
      for (int64_t row : {1, 6, 11})
        for (float wrong : {NAN, INFINITY}) {
          ContrastiveProblem p(5, 6, 1);
          p.directions = directions;
          p.row(row)[2] = wrong;
          for (int64_t height : {2, 5}) {
            const auto got = run(test::cpu_with(*loops, 2), p, height);
            CHECK(std::isnan(got.loss[0]));
            CHECK(std::isnan(got.dx[size_t(row * 6 + 2)]));
          }
        }
}

}  // namespace
