#include "kernels/linear_cross_entropy.h"

#include "check.h"
#include "kernels/linear_cross_entropy_fixture.h"

namespace {

using namespace xling;
using test::HeadProblem;
using test::HeadReference;
using test::Placed;
using test::run;

// Two tiles of the vocabulary, the second short; two blocks of rows; one token; none to score.
const int64_t shapes[][3] = {{3, 24, 5000}, {259, 9, 131}, {1, 72, 1031}, {7, 8, 1}, {0, 8, 16}};

TEST("linear_cross_entropy: equals the formula in f64, with and without bias and cap, on every ISA") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, width, vocab] : shapes)
      for (bool biased : {false, true})
        for (float cap : {0.0f, 5.0f}) {
          HeadProblem p(rows, width, vocab);
          p.biased = biased, p.cap = cap;
          const auto got = run(test::cpu_with(*loops, 2), p);
          const HeadReference want(p);
          // A logit is a chain of K products near 1, an exponential errs by 2 ulp, and lse is near 10.
          const double slack = double(width) * 0x1p-24 * 10 + 8 * 0x1p-23 * 10;
          for (size_t r = 0; r < want.lse.size(); ++r) CHECK_NEAR(got.lse[r], want.lse[r], slack);
          CHECK_NEAR(got.loss[0], want.loss, slack * double(rows) + std::abs(want.loss) * 0x1p-23);
        }
}

TEST("linear_cross_entropy: a weight in rows, frozen or stored gives the bits of the decoded one; threads and rows do not matter") {
  for (const auto* loops : test::all_loops()) {
    const HeadProblem p(20, 64, 4200);
    const auto one = run(test::cpu_with(*loops, 1), p);
    CHECK(run(test::cpu_with(*loops, 1), p, test::no_gradient, Layout::rows) == one);
    for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p) == one);
    CHECK(run(test::cpu_with(*loops, 2), p.some(5, 6)).lse[0] == one.lse[5]);
  }
}

TEST("linear_cross_entropy: large logits do not overflow; a NaN is not hidden, not even by a tile of nothing else") {
  for (const auto* loops : test::all_loops()) {
    HeadProblem p(2, 4, 300);
    for (float& x : p.x) x *= 1e4f;
    const auto got = run(test::cpu_with(*loops, 2), p);
    const HeadReference want(p);
    CHECK_NEAR(got.loss[0], want.loss, 1e-5 * std::abs(want.loss));  // five roundings of numbers near 1e5
    p.x[1] = NAN;
    CHECK(std::isnan(run(test::cpu_with(*loops, 2), p).loss[0]));

    HeadProblem tiles(1, 4, 5000);
    tiles.labels = {4500};
    std::fill_n(tiles.bias.begin(), 4096, NAN);
    CHECK(std::isnan(run(test::cpu_with(*loops, 2), tiles).lse[0]));
  }
}

TEST("linear_cross_entropy: what does not fit is refused and named") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  HeadProblem p(2, 3, 5);
  p.labels[1] = 5;
  CHECK_THROWS(ErrorCode::invalid_argument, "label 5 of row 1 is not one of 0 to 4", run(backend, p));
  p.labels[1] = -100;
  CHECK_THROWS(ErrorCode::invalid_argument, "label -100 of row 1", run(backend, p));
  const Placed x(backend, {2, 3}), w(backend, {5, 3}), labels(backend, Shape{2}, DType::i32), lse(backend, Shape{2}), loss(backend, Shape{1});
  const auto score = [&](Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, float cap = 0) {
    backend->run(LinearCrossEntropy{a, test::in_rows(b), {}, c, d, e, {}, {}, {}, cap});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "w is [2, 3] but must be [2, 5]", score(Placed(backend, {2, 5}), x, labels, lse, loss));
  CHECK_THROWS(ErrorCode::invalid_shape, "labels is [1] but must be [2]", score(x, w, loss, lse, loss));
  CHECK_THROWS(ErrorCode::invalid_dtype, "labels is f32", score(x, w, lse, lse, loss));
  CHECK_THROWS(ErrorCode::invalid_shape, "lse is [1]", score(x, w, labels, loss, loss));
  CHECK_THROWS(ErrorCode::invalid_shape, "loss is [2] but must be [1]", score(x, w, labels, lse, lse));
  CHECK_THROWS(ErrorCode::invalid_argument, "softcap is -1", score(x, w, labels, lse, loss, -1));
  CHECK_THROWS(ErrorCode::invalid_shape, "a vocabulary has a token", score(x, Placed(backend, {0, 3}), labels, lse, loss));
}

// Row n of x, as a tensor of some shape.
Tensor inside(const Tensor& x, int64_t n, const Shape& shape) { return {x.as<float>() + n, shape, DType::f32}; }

TEST("linear_cross_entropy: gradients that do not fit, or that lie over something, are refused and named") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3}), w(backend, {5, 3}), bias(backend, Shape{5}), labels(backend, Shape{2}, DType::i32);
  const Placed lse(backend, Shape{2}), loss(backend, Shape{1}), dx(backend, {2, 3}), dw(backend, {5, 3}), dbias(backend, Shape{5});
  const Placed half(backend, {2, 3}, DType::bf16), half_bias(backend, Shape{5}, DType::bf16);
  LinearCrossEntropy whole{};
  whole.x = x, whole.w = test::in_rows(w), whole.bias = bias, whole.labels = labels, whole.lse = lse, whole.loss = loss;
  whole.dx = dx, whole.dw = dw, whole.dbias = dbias;
  backend->run(whole);
  const auto with = [&](Tensor LinearCrossEntropy::*field, const Tensor& tensor) {
    LinearCrossEntropy op = whole;
    op.*field = tensor;
    backend->run(op);
  };
  using Op = LinearCrossEntropy;
  CHECK_THROWS(ErrorCode::invalid_shape, "dx is [5, 3] but must be [2, 3]", with(&Op::dx, dw));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dx is bf16", with(&Op::dx, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "dw is [2, 3] but must be [5, 3]", with(&Op::dw, dx));
  CHECK_THROWS(ErrorCode::invalid_shape, "dbias is [2] but must be [5]", with(&Op::dbias, lse));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dbias is bf16", with(&Op::dbias, half_bias));
  CHECK_THROWS(ErrorCode::invalid_argument, "dbias is given but there is no bias", with(&Op::bias, {}));

  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over one of its inputs", with(&Op::dx, x));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over one of its inputs", with(&Op::dx, inside(w, 9, {2, 3})));
  CHECK_THROWS(ErrorCode::invalid_argument, "dw lies over one of its inputs", with(&Op::dw, w));
  CHECK_THROWS(ErrorCode::invalid_argument, "dbias lies over one of its inputs", with(&Op::dbias, bias));
  CHECK_THROWS(ErrorCode::invalid_argument, "lse lies over one of its inputs", with(&Op::lse, inside(w, 14, Shape{2})));
  CHECK_THROWS(ErrorCode::invalid_argument, "loss lies over lse", with(&Op::loss, inside(lse, 1, Shape{1})));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over lse", with(&Op::lse, inside(dx, 4, Shape{2})));
  CHECK_THROWS(ErrorCode::invalid_argument, "dw lies over dx", with(&Op::dx, inside(dw, 0, {2, 3})));
  CHECK_THROWS(ErrorCode::invalid_argument, "dbias lies over dw", with(&Op::dbias, inside(dw, 10, Shape{5})));
}

}  // namespace
