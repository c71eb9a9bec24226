// The gradient of contrastive.
#include <array>

#include "check.h"
#include "kernels/contrastive_fixture.h"

namespace {

using namespace xling;
using test::ContrastiveProblem;
using test::ContrastiveReference;
using test::run;

constexpr Directions every_direction[] = {Directions::forward, Directions::both};

// As of the values, fewer where f64 would be slow.
const int64_t shapes[][3] = {{1, 7, 0}, {1, 1, 1}, {6, 1, 0}, {5, 7, 1}, {9, 72, 2}, {3, 768, 1}, {200, 5, 1}};

TEST("contrastive's gradient: equals the formula in f64, in both directions, with and without hard negatives, on every ISA") {
  for (const auto& [anchors, width, negatives] : shapes)
    for (const Directions directions : every_direction)
      for (float weight : {0.0f, 1.5f}) {
        ContrastiveProblem p(anchors, width, negatives);
        p.directions = directions, p.weight = weight;
        const ContrastiveReference want(p);
        for (const auto* loops : test::all_loops())
          for (int64_t height : {anchors, (anchors + 1) / 2}) {
            const auto got = run(test::cpu_with(*loops, 2), p, height).dx;
            CHECK_EQ(got.size(), want.dx.size());
            for (size_t i = 0; i < got.size(); ++i) CHECK_NEAR(got[i], want.dx[i], test::gradient_error(p) * want.dx_terms[i]);
          }
      }
}

TEST("contrastive's gradient: equals finite differences of the loss in f64") {
  for (const Directions directions : every_direction)
    for (int64_t negatives : {0, 1, 2}) {
      ContrastiveProblem p(4, 3, negatives);
      p.directions = directions, p.weight = 0.5f;
      const auto got = run(test::cpu_with(chosen_isa(), 2), p).dx;
      const ContrastiveReference terms(p);
      std::vector<double> x(p.x.begin(), p.x.end());
      for (size_t i = 0; i < x.size(); ++i) {
        constexpr double step = 1e-5;
        const auto loss_at = [&](double moved) {
          x[i] = p.x[i] + moved;
          const double loss = ContrastiveReference(p, x).loss;
          x[i] = p.x[i];
          return loss;
        };
        const double slope = (loss_at(step) - loss_at(-step)) / (2 * step);
        // Off by step²/6 third derivatives, which are near (scale / length)³ and below 1e6 here: 2e-5.
        CHECK_NEAR(got[i], slope, 2e-5 + test::gradient_error(p) * terms.dx_terms[i]);
      }
    }
}

TEST("contrastive's gradient: stands at right angles to its row") {
  for (const Directions directions : every_direction) {
    ContrastiveProblem p(8, 24, 1);
    p.directions = directions;
    const auto dx = run(test::cpu_with(chosen_isa(), 2), p).dx;
    for (int64_t r = 0; r < p.rows(); ++r) {
      double along = 0, magnitudes = 0;
      for (int64_t k = 0; k < p.width; ++k) {
        const double term = double(p.row(r)[k]) * dx[size_t(r * p.width + k)];
        along += term, magnitudes += std::abs(term);
      }
      CHECK(magnitudes > 0);
      CHECK_NEAR(along, 0, 0x1p-23 * magnitudes);  // dx is rounded once
    }
  }
}

}  // namespace
