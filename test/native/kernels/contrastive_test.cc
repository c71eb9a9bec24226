#include "kernels/contrastive.h"

#include <array>

#include "check.h"
#include "kernels/contrastive_fixture.h"

namespace {

using namespace xling;
using test::ContrastiveProblem;
using test::ContrastiveReference;
using test::Placed;
using test::run;

constexpr Directions every_direction[] = {Directions::forward, Directions::both};

// Anchors, width, blocks of negatives: one anchor, one element; lanes and tiles that are not full; more anchors than a
// narrow product takes and than a task of columns.
const int64_t shapes[][3] = {{1, 7, 0}, {1, 1, 1}, {6, 1, 0}, {5, 7, 1}, {9, 72, 2}, {3, 768, 1}, {300, 5, 1}};

TEST("contrastive: equals the formula in f64, in both directions, with and without hard negatives, on every ISA") {
  for (const auto& [anchors, width, negatives] : shapes)
    for (const Directions directions : every_direction)
      for (float weight : {0.0f, 1.5f, -2.0f}) {
        ContrastiveProblem p(anchors, width, negatives);
        p.directions = directions, p.weight = weight;
        const ContrastiveReference want(p);
        for (const auto* loops : test::all_loops()) {
          const auto got = run(test::cpu_with(*loops, 2), p, 0, false);
          // Two logits of each pair's loss, and a sum of exponentials within 8 ulp.
          CHECK_NEAR(got.loss[0], want.loss, double(anchors) * (2 * test::logit_error(p) + 8 * 0x1p-23) + want.loss * 0x1p-24);
        }
      }
}

TEST("contrastive: neither the height of z nor threads change a bit; nor does dx the loss") {
  for (const auto* loops : test::all_loops())
    for (const Directions directions : every_direction)
      for (const auto& [anchors, width, negatives, height] :
           {std::array<int64_t, 4>{7, 5, 0, 1}, {7, 24, 2, 3}, {7, 5, 1, 9}, {200, 3, 1, 70}, {200, 3, 0, 194}}) {
        ContrastiveProblem p(anchors, width, negatives);
        p.directions = directions, p.weight = 0.5f;
        const auto want = run(test::cpu_with(*loops, 1), p);
        for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p, height) == want);
        CHECK(run(test::cpu_with(*loops, 2), p) == want);
        for (int64_t rows : {height, anchors}) CHECK(run(test::cpu_with(*loops, 2), p, rows, false).loss == want.loss);
      }
}

TEST("contrastive: hard negatives are candidates of anchors alone, and their weight is for the anchor's own") {
  // Anchors and positives at right angles; each anchor's own negative lies on the other anchor.
  ContrastiveProblem p(2, 2, 1);
  p.x = {3, 0, 0, 5, 2, 0, 0, 7, 0, 1, 4, 0};
  p.scale = 1.5f, p.weight = 0.75f;
  const double e = std::exp(1.5), own = std::exp(0.75);
  const double forward = 2 * (std::log(e + 1 + own + e) - 1.5), back = 2 * (std::log(e + 1) - 1.5);
  const auto backend = test::cpu_with(chosen_isa(), 2);
  CHECK_NEAR(run(backend, p).loss[0], forward, 8 * 0x1p-23);  // exponentials within 2 ulp
  p.directions = Directions::both;
  CHECK_NEAR(run(backend, p).loss[0], (forward + back) / 2, 8 * 0x1p-23);
}

// Row n of a tensor's floats on, in some shape.
Tensor inside(const Tensor& of, int64_t n, const Shape& shape) { return {of.as<float>() + n, shape, DType::f32}; }

TEST("contrastive: what does not fit, or lies over something, is refused and named") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {6, 3}), unit(backend, {6, 3}), z(backend, {2, 4}), loss(backend, Shape{1}), dx(backend, {6, 3});
  const Placed wide(backend, {6, 4}), half(backend, {6, 3}, DType::bf16), half_z(backend, {2, 4}, DType::bf16);
  using Op = Contrastive;
  const Op whole{x, unit, z, loss, dx, 2};
  backend->run(whole);
  const auto with = [&](auto Op::*field, const auto& value) {
    Op op = whole;
    op.*field = value;
    backend->run(op);
  };
  const auto shaped = [&](auto Op::*field, const Shape& shape) { with(field, Tensor{Tensor(x).data, shape, DType::f32}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "x is [18] but must be [R, d]", shaped(&Op::x, {18}));
  CHECK_THROWS(ErrorCode::invalid_shape, "x is [6, 0] but a row must have elements", shaped(&Op::x, {6, 0}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "x is bf16", with(&Op::x, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_argument, "anchors is 0 but must be 1 or more", with(&Op::anchors, 0));
  CHECK_THROWS(ErrorCode::invalid_shape, "x has 6 rows, but of 4 anchors there must be 8", with(&Op::anchors, 4));
  CHECK_THROWS(ErrorCode::invalid_shape, "x has 5 rows, but of 2 anchors", shaped(&Op::x, {5, 3}));
  CHECK_THROWS(ErrorCode::invalid_shape, "x has 0 rows, but of 2 anchors", shaped(&Op::x, {0, 3}));
  CHECK_THROWS(ErrorCode::invalid_shape, "unit is [6, 4] but must be [6, 3]", with(&Op::unit, Tensor(wide)));
  CHECK_THROWS(ErrorCode::invalid_dtype, "unit is bf16", with(&Op::unit, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_shape, "z is [6, 3] but must be [6, 4]", with(&Op::z, Tensor(dx)));
  CHECK_THROWS(ErrorCode::invalid_shape, "z is [0, 4] but must be [r, 4] of a row at least", shaped(&Op::z, {0, 4}));
  CHECK_THROWS(ErrorCode::invalid_shape, "z is [4] but must be [r, 4]", shaped(&Op::z, {4}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "z is bf16", with(&Op::z, Tensor(half_z)));
  CHECK_THROWS(ErrorCode::invalid_shape, "loss is [6, 3] but must be [1]", with(&Op::loss, Tensor(dx)));
  CHECK_THROWS(ErrorCode::invalid_shape, "dx is [6, 4] but must be [6, 3]", with(&Op::dx, Tensor(wide)));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dx is bf16", with(&Op::dx, Tensor(half)));
  for (float scale : {0.0f, -1.0f, INFINITY, NAN})
    CHECK_THROWS(ErrorCode::invalid_argument, "but must be a finite number above 0", with(&Op::scale, scale));
  CHECK_THROWS(ErrorCode::invalid_argument, "hardNegativeWeight is inf", with(&Op::hard_negative_weight, INFINITY));
  CHECK_THROWS(ErrorCode::invalid_argument, "directions must be 'forward' or 'both'", with(&Op::directions, Directions(2)));

  CHECK_THROWS(ErrorCode::invalid_argument, "unit lies over one of its inputs", with(&Op::unit, Tensor(x)));
  CHECK_THROWS(ErrorCode::invalid_argument, "z lies over one of its inputs", with(&Op::z, inside(x, 10, {2, 4})));
  CHECK_THROWS(ErrorCode::invalid_argument, "loss lies over one of its inputs", with(&Op::loss, inside(x, 17, {1})));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over one of its inputs", with(&Op::dx, Tensor(x)));
  CHECK_THROWS(ErrorCode::invalid_argument, "z lies over unit", with(&Op::z, inside(unit, 0, {2, 4})));
  CHECK_THROWS(ErrorCode::invalid_argument, "loss lies over z", with(&Op::loss, inside(z, 7, {1})));
  CHECK_THROWS(ErrorCode::invalid_argument, "loss lies over unit", with(&Op::loss, inside(unit, 0, {1})));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over unit", with(&Op::dx, Tensor(unit)));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over z", with(&Op::z, inside(dx, 0, {2, 4})));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over loss", with(&Op::loss, inside(dx, 3, {1})));
}

}  // namespace
