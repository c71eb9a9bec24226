#include "kernels/linear_cross_entropy.h"

#include <cmath>

#include "check.h"
#include "kernels/fixture.h"
#include "kernels/linear.h"
#include "kernels/quantize.h"

namespace {

using namespace xling;
using test::Placed;
using test::Prepared;
using Floats = std::vector<float>;

struct Problem {
  int64_t rows, width, vocab;
  bool biased = true;
  float cap = 0;
  Floats x, w, bias;
  std::vector<int32_t> labels;

  Problem(int64_t r, int64_t h, int64_t v) : rows(r), width(h), vocab(v) {
    x = test::random_numbers(size_t(r * h), 1);
    w = test::random_numbers(size_t(v * h), 2);
    bias = test::random_numbers(size_t(v), 3);
    for (int64_t i = 0; i < r; ++i) labels.push_back(int32_t((i * 977 + 13) % v));
  }
};

struct Outcome {
  Floats lse, loss;
  bool operator==(const Outcome& o) const { return lse == o.lse && loss == o.loss; }
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Layout layout = Layout::prepared) {
  const Placed x(backend, {p.rows, p.width}, p.x), w(backend, {p.vocab, p.width}, p.w), bias(backend, {p.vocab}, p.bias);
  const Placed labels(backend, Shape{p.rows}, DType::i32), lse(backend, Shape{p.rows}), loss(backend, {1}, Floats{77});
  backend->write(Tensor(labels).data, p.labels.data(), 4 * p.labels.size());
  const Prepared frozen(backend, Storage::f32, {p.vocab, p.width}, p.w.data());
  const Weight weight = layout == Layout::rows ? test::in_rows(w) : Weight(frozen);
  backend->run(LinearCrossEntropy{x, weight, p.biased ? Tensor(bias) : Tensor{}, labels, lse, loss, p.cap});
  return {lse.read(), loss.read()};
}

// The formula in f64.
double reference(const Problem& p, std::vector<double>& lse) {
  double loss = 0;
  for (int64_t r = 0; r < p.rows; ++r) {
    std::vector<double> z(size_t(p.vocab));
    double most = -INFINITY, sum = 0;
    for (int64_t v = 0; v < p.vocab; ++v) {
      double logit = p.biased ? p.bias[size_t(v)] : 0;
      for (int64_t k = 0; k < p.width; ++k) logit += double(p.x[size_t(r * p.width + k)]) * p.w[size_t(v * p.width + k)];
      if (p.cap != 0) logit = p.cap * std::tanh(logit / p.cap);
      z[size_t(v)] = logit;
      most = std::max(most, logit);
    }
    for (double logit : z) sum += std::exp(logit - most);
    lse.push_back(most + std::log(sum));
    loss += lse.back() - z[size_t(p.labels[size_t(r)])];
  }
  return loss;
}

// Two tiles of the vocabulary, the second short; two blocks of rows; one token; none to score.
const int64_t shapes[][3] = {{3, 24, 5000}, {259, 9, 131}, {1, 72, 1031}, {7, 8, 1}, {0, 8, 16}};

TEST("linear_cross_entropy: equals the formula in f64, with and without bias and cap, on every ISA") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, width, vocab] : shapes)
      for (bool biased : {false, true})
        for (float cap : {0.0f, 5.0f}) {
          Problem p(rows, width, vocab);
          p.biased = biased, p.cap = cap;
          const auto got = run(test::cpu_with(*loops, 2), p);
          std::vector<double> lse;
          const double loss = reference(p, lse);
          // A logit is a chain of K products near 1, an exponential errs by 2 ulp, and lse is near 10.
          const double slack = double(width) * 0x1p-24 * 10 + 8 * 0x1p-23 * 10;
          for (size_t r = 0; r < lse.size(); ++r) CHECK_NEAR(got.lse[r], lse[r], slack);
          CHECK_NEAR(got.loss[0], loss, slack * double(rows) + std::abs(loss) * 0x1p-23);
        }
}

TEST("linear_cross_entropy: a weight in rows, frozen or stored gives the bits of the decoded one; threads and rows do not matter") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(20, 64, 4200);
    const auto one = run(test::cpu_with(*loops, 1), p);
    CHECK(run(test::cpu_with(*loops, 1), p, Layout::rows) == one);
    for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p) == one);
    Problem alone(1, 64, 4200);
    alone.x.assign(p.x.begin() + 5 * 64, p.x.begin() + 6 * 64);
    alone.labels = {p.labels[5]};
    CHECK(run(test::cpu_with(*loops, 2), alone).lse[0] == one.lse[5]);
  }
}

TEST("linear_cross_entropy: large logits do not overflow; a NaN is not hidden") {
  for (const auto* loops : test::all_loops()) {
    Problem p(2, 4, 300);
    for (float& x : p.x) x *= 1e4f;
    const auto got = run(test::cpu_with(*loops, 2), p);
    std::vector<double> lse;
    const double loss = reference(p, lse);
    CHECK_NEAR(got.loss[0], loss, 1e-5 * std::abs(loss));  // five roundings of numbers near 1e5
    p.x[1] = NAN;
    CHECK(std::isnan(run(test::cpu_with(*loops, 2), p).loss[0]));
  }
}

TEST("linear_cross_entropy: what does not fit is refused and named") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  Problem p(2, 3, 5);
  p.labels[1] = 5;
  CHECK_THROWS(ErrorCode::invalid_argument, "label 5 of row 1 is not one of 0 to 4", run(backend, p));
  p.labels[1] = -100;
  CHECK_THROWS(ErrorCode::invalid_argument, "label -100 of row 1", run(backend, p));
  const Placed x(backend, {2, 3}), w(backend, {5, 3}), labels(backend, Shape{2}, DType::i32), lse(backend, Shape{2}), loss(backend, Shape{1});
  const auto score = [&](Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, float cap = 0) {
    backend->run(LinearCrossEntropy{a, test::in_rows(b), {}, c, d, e, cap});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "w is [2, 3] but must be [2, 5]", backend->run(LinearCrossEntropy{Placed(backend, {2, 5}), test::in_rows(x), {}, labels, lse, loss, 0}));
  CHECK_THROWS(ErrorCode::invalid_shape, "labels is [1] but must be [2]", score(x, w, loss, lse, loss));
  CHECK_THROWS(ErrorCode::invalid_dtype, "labels is f32", score(x, w, lse, lse, loss));
  CHECK_THROWS(ErrorCode::invalid_shape, "lse is [1]", score(x, w, labels, loss, loss));
  CHECK_THROWS(ErrorCode::invalid_shape, "loss is [2] but must be [1]", score(x, w, labels, lse, lse));
  CHECK_THROWS(ErrorCode::invalid_argument, "softcap is -1", score(x, w, labels, lse, loss, -1));
  CHECK_THROWS(ErrorCode::invalid_shape, "a vocabulary has a token", score(x, Placed(backend, {0, 3}), labels, lse, loss));
}

}  // namespace
