// The gradients of linear_cross_entropy: values, and what may not change their bits.
#include "check.h"
#include "kernels/linear_cross_entropy_fixture.h"
#include "kernels/quantize.h"

namespace {

using namespace xling;
using test::all_gradients;
using test::Asked;
using test::HeadProblem;
using test::HeadReference;
using test::Placed;
using test::run;

constexpr Asked dx_alone{true, false, false};

// Several tiles of the vocabulary, the last short; two blocks of rows; one row; one token; none to score.
const int64_t shapes[][3] = {{7, 13, 9001}, {300, 9, 131}, {1, 72, 1031}, {7, 8, 1}, {0, 8, 16}};

// A chance is wrong by twice its logit's error (see the forward's test) and by two exponentials of 2 ulp. A sum of n
// products in sequence errs by about sqrt(n) roundings of its terms (Higham and Mary 2019), here four times that.
double relative(int64_t width, int64_t terms) {
  const double logit = double(width) * 0x1p-24 * 10;
  return 2 * logit + 16 * 0x1p-24 + 4 * std::sqrt(double(terms)) * 0x1p-24;
}

void check_near(const std::vector<float>& got, const std::vector<double>& want, const std::vector<double>& terms, double slack) {
  CHECK_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) CHECK_NEAR(got[i], want[i], slack * terms[i] + 0x1p-22);  // p - 1 has digits to 2^-24
}

// What was added to the start.
std::vector<float> added(const std::vector<float>& got, int64_t size) {
  const auto start = test::start_of(size, true);
  std::vector<float> out;
  for (size_t i = 0; i < got.size(); ++i) out.push_back(got[i] - start[i]);
  return out;
}

TEST("linear_cross_entropy's gradients: equal the formula in f64, with and without bias and cap, on every ISA") {
  for (const auto& [rows, width, vocab] : shapes)
    for (bool biased : {false, true})
      for (float cap : {0.0f, 5.0f}) {
        HeadProblem p(rows, width, vocab);
        p.biased = biased, p.cap = cap;
        const HeadReference want(p, true);
        for (const auto* loops : test::all_loops()) {
          const auto backend = test::cpu_with(*loops, 2);
          const auto alone = run(backend, p, dx_alone), all = run(backend, p, all_gradients);
          check_near(alone.dx, want.dx, want.dx_terms, relative(width, vocab));
          check_near(all.dx, want.dx, want.dx_terms, relative(width, vocab));
          // A start near 3 rounds to 2^-23, in each of R additions; taking it off again, once.
          const double slack = relative(width, rows);
          std::vector<double> dw_terms = want.dw_terms, dbias_terms = want.dbias_terms;
          for (double& terms : dw_terms) terms += 4;
          for (double& terms : dbias_terms) terms += 4;
          check_near(added(all.dw, vocab * width), want.dw, dw_terms, slack);
          if (biased) check_near(added(all.dbias, vocab), want.dbias, dbias_terms, slack);
        }
      }
}

TEST("linear_cross_entropy's gradients: equal finite differences of the loss in f64") {
  for (float cap : {0.0f, 2.0f}) {
    HeadProblem p(3, 5, 37);
    p.cap = cap;
    const auto got = run(test::cpu_with(chosen_isa(), 1), p, all_gradients);
    const auto alone = run(test::cpu_with(chosen_isa(), 1), p, dx_alone);
    const auto slope = [&](float& at) {
      const float middle = at;
      at = middle + 0x1p-10f;
      const double up = at, above = HeadReference(p).loss;
      at = middle - 0x1p-10f;
      const double down = at, below = HeadReference(p).loss;
      at = middle;
      return (above - below) / (up - down);
    };
    // Off by step² / 6 third derivatives, which are near 1 times the others' entries: 1e-6; and f32 sums near 1.
    constexpr double slack = 1e-5;
    const auto dw = added(got.dw, 37 * 5), dbias = added(got.dbias, 37);
    for (size_t i = 0; i < p.x.size(); ++i) CHECK_NEAR(got.dx[i], slope(p.x[i]), slack);
    for (size_t i = 0; i < p.x.size(); ++i) CHECK_NEAR(alone.dx[i], slope(p.x[i]), slack);
    for (size_t i = 0; i < p.w.size(); ++i) CHECK_NEAR(dw[i], slope(p.w[i]), slack);
    for (size_t i = 0; i < p.bias.size(); ++i) CHECK_NEAR(dbias[i], slope(p.bias[i]), slack);
  }
}

TEST("linear_cross_entropy's gradients: neither threads nor how rows are batched change a bit") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, vocab] : {std::pair<int64_t, int64_t>{20, 4200}, {259, 300}}) {
      HeadProblem p(rows, 8, vocab);
      p.cap = 5;
      for (const Asked asked : {dx_alone, all_gradients}) {
        const auto one = run(test::cpu_with(*loops, 1), p, asked);
        for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p, asked) == one);
        for (int64_t row : {int64_t{0}, int64_t{5}, rows - 1}) {
          const auto alone = run(test::cpu_with(*loops, 2), p.some(row, row + 1), asked);
          CHECK(alone.dx == std::vector<float>(one.dx.begin() + row * 8, one.dx.begin() + row * 8 + 8));
        }
      }
    }
}

TEST("linear_cross_entropy's gradients: those of the head are one chain over rows, however they are cut") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    const HeadProblem p(300, 12, 500);
    const auto whole = run(backend, p, all_gradients);
    const Placed w(backend, {500, 12}, p.w), bias(backend, Shape{500}, p.bias);
    const Placed dw(backend, {500, 12}, test::start_of(500 * 12, true)), dbias(backend, Shape{500}, test::start_of(500, true));
    for (const auto& [begin, end] : {std::pair<int64_t, int64_t>{0, 120}, {120, 300}}) {
      const HeadProblem part = p.some(begin, end);
      const Placed x(backend, {part.rows, 12}, part.x), labels(backend, Shape{part.rows}, DType::i32);
      backend->write(Tensor(labels).data, part.labels.data(), 4 * part.labels.size());
      const Placed lse(backend, Shape{part.rows}), loss(backend, Shape{1});
      backend->run(LinearCrossEntropy{x, test::in_rows(w), bias, labels, lse, loss, {}, dw, dbias, 0});
    }
    CHECK(dw.read() == whole.dw);
    CHECK(dbias.read() == whole.dbias);
  }
}

TEST("linear_cross_entropy's gradients: which are asked for changes neither lse nor loss, nor one of the head's the others") {
  for (const auto* loops : test::all_loops())
    for (float cap : {0.0f, 5.0f}) {
      const auto backend = test::cpu_with(*loops, 2);
      HeadProblem p(9, 17, 4500);
      p.cap = cap;
      const auto none = run(backend, p), all = run(backend, p, all_gradients);
      for (const Asked asked : {dx_alone, Asked{false, true, false}, Asked{false, false, true}, Asked{true, true, false}, all_gradients}) {
        const auto got = run(backend, p, asked);
        CHECK(got.lse == none.lse);
        CHECK(got.loss == none.loss);
        if (asked.dw) CHECK(got.dw == all.dw);
        if (asked.dbias) CHECK(got.dbias == all.dbias);
        if (asked.dx && asked.dw) CHECK(got.dx == all.dx);
      }
    }
}

TEST("linear_cross_entropy's gradients: one pass and two agree as far as sums in f32 do") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    const HeadProblem p(4, 33, 9001);
    const auto one = run(backend, p, dx_alone).dx, two = run(backend, p, all_gradients).dx;
    const HeadReference want(p, true);
    // The logits are the same bits, so theirs is no error between them.
    for (size_t i = 0; i < one.size(); ++i) CHECK_NEAR(one[i], two[i], 2 * relative(0, p.vocab) * want.dx_terms[i] + 0x1p-22);
  }
}

TEST("linear_cross_entropy's gradients: a frozen head in every storage gives the bits of its numbers in rows") {
  // Tiles of the vocabulary and of its panels that are not full; columns beyond one piece of 256.
  const int64_t vocab = 4131, width = 512;
  HeadProblem p(2, width, vocab);
  for (float& x : p.x) x *= 0.01f;  // many tokens have a chance
  // Emulated lanes are too slow for it; what decodes for them is linear_input_grad's, too, and tested there.
  for (const auto* loops : runnable_isas())
    for (int32_t number = 0; number < storage_count; ++number) {
      const auto storage = static_cast<Storage>(number);
      const auto backend = test::cpu_with(*loops, 2);
      const auto bytes = test::random_bytes(storage, {vocab, width}, 11);
      const test::Prepared frozen(backend, storage, {vocab, width}, bytes.data());
      const Placed blocks(backend, {int64_t(bytes.size())}, DType::u8), matrix(backend, {vocab, width});
      backend->write(Tensor(blocks).data, bytes.data(), bytes.size());
      backend->run(Dequantize{blocks, matrix, storage});
      const auto got = run_with(backend, p, frozen, dx_alone);
      CHECK(got == run_with(backend, p, test::in_rows(matrix), dx_alone));
      for (float value : got.dx) CHECK(std::isfinite(value));
    }
}

}  // namespace
