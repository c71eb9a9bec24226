#include "models/adapter_algebra.h"

#include <limits>

#include "check.h"
#include "core/columns_fixture.h"
#include "core/svd.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::distance, test::largest, test::product;

WeightedFactors term(int64_t rank, int64_t inputs, int64_t outputs, uint32_t stream) {
  return {{rank, inputs, outputs, test::random_numbers(size_t(rank * inputs), stream), test::random_numbers(size_t(outputs * rank), stream + 1)},
          0.5 + stream,
          stream % 4 ? 0.75 : -1.25};
}

Columns wide(const std::vector<float>& numbers, int64_t rows, int64_t cols) {
  Columns out(rows, cols);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) out(i, j) = numbers[size_t(i * cols + j)];
  return out;
}

Columns a_of(const Factors& f) { return wide(f.a, f.rank, f.inputs); }
Columns b_of(const Factors& f) { return wide(f.b, f.outputs, f.rank); }

// What factors add to a layer, spelled out.
Columns delta(const Factors& f) { return product(b_of(f), a_of(f)); }

Columns delta(const std::vector<WeightedFactors>& terms) {
  Columns out(terms[0].factors.outputs, terms[0].factors.inputs);
  for (const auto& [factors, scale, weight] : terms) {
    const Columns one = delta(factors);
    for (size_t i = 0; i < out.numbers.size(); ++i) out.numbers[i] += weight * scale * one.numbers[i];
  }
  return out;
}

double frobenius(const Columns& a, const Columns& b) {
  double squares = 0;
  for (size_t i = 0; i < a.numbers.size(); ++i) squares += std::pow(a.numbers[i] - b.numbers[i], 2);
  return std::sqrt(squares);
}

// Each factor is rounded to f32, half an ulp of it: over a sum of `ranks` products of numbers up to these.
double rounding(const Factors& f) { return 1.2e-7 * static_cast<double>(f.rank) * largest(a_of(f)) * largest(b_of(f)); }

const std::vector<WeightedFactors> three = {term(3, 20, 14, 1), term(5, 20, 14, 4), term(2, 20, 14, 7)};

TEST("adapter_algebra: side by side, terms of other ranks, scales and signs add up to what they add") {
  const Factors sum = concatenated(three);
  CHECK(sum.rank == 10);
  CHECK(distance(delta(sum), delta(three)) <= rounding(sum));
}

TEST("adapter_algebra: one term of weight 1 is itself, of weight -1 its opposite, to the bit where the scale is 1") {
  WeightedFactors one = term(4, 9, 7, 1);
  one.scale = 1, one.weight = 1;
  const Factors same = concatenated({one});
  CHECK(same.a == one.factors.a && same.b == one.factors.b);
  one.weight = -1;
  const Factors opposite = concatenated({one});
  CHECK(opposite.a == one.factors.a);
  for (size_t i = 0; i < opposite.b.size(); ++i) CHECK(opposite.b[i] == -one.factors.b[i]);
}

TEST("adapter_algebra: cut to a rank, it is off by the singular values that are left out, and no more") {
  const Columns whole = delta(three);
  const Svd parts = svd(whole);
  for (int64_t rank : {1, 2, 4, 7, 9}) {
    const Factors cut = truncated(three, rank);
    CHECK(cut.rank == rank);
    double left = 0;
    for (size_t i = size_t(rank); i < parts.s.size(); ++i) left += parts.s[i] * parts.s[i];
    const double size = std::sqrt(double(whole.rows * whole.cols));
    CHECK(std::abs(frobenius(delta(cut), whole) - std::sqrt(left)) <= size * rounding(cut));
  }
}

TEST("adapter_algebra: cut to the rank that it has, or to all that its shape allows, it is exact") {
  // The second term is the first one again, so six ranks are three.
  std::vector<WeightedFactors> twice = {term(3, 20, 14, 1), term(3, 20, 14, 1)};
  twice[1].weight = 2;
  const Factors cut = truncated(twice, 3);
  CHECK(distance(delta(cut), delta(twice)) <= rounding(cut));
  // More ranks than inputs or outputs.
  const std::vector<WeightedFactors> small = {term(6, 4, 7, 1), term(6, 4, 7, 4)};
  const Factors all = truncated(small, 4);
  CHECK(distance(delta(all), delta(small)) <= rounding(all));
}

TEST("adapter_algebra: what cancels is nothing") {
  std::vector<WeightedFactors> none = {term(3, 20, 14, 1), term(3, 20, 14, 1)};
  none[1].weight = -none[0].weight;
  CHECK(largest(delta(truncated(none, 2))) <= 1e-12 * largest(delta({none[0]})));
}

TEST("adapter_algebra: both factors of a cut sum are of one size") {
  const Factors cut = truncated(three, 3);
  for (int64_t r = 0; r < 3; ++r) {
    double a = 0, b = 0;
    for (int64_t k = 0; k < cut.inputs; ++k) a += std::pow(cut.a[size_t(r * cut.inputs + k)], 2);
    for (int64_t n = 0; n < cut.outputs; ++n) b += std::pow(cut.b[size_t(n * cut.rank + r)], 2);
    CHECK(std::abs(a - b) <= 1e-6 * a);
  }
}

TEST("adapter_algebra: factor-wise, A and B are summed by themselves, scales in B") {
  const std::vector<WeightedFactors> terms = {term(3, 8, 6, 1), term(3, 8, 6, 4)};
  const Factors sum = factor_wise(terms);
  CHECK(sum.rank == 3);
  for (size_t i = 0; i < sum.a.size(); ++i)
    CHECK(sum.a[i] == float(terms[0].weight * terms[0].factors.a[i] + terms[1].weight * terms[1].factors.a[i]));
  for (size_t i = 0; i < sum.b.size(); ++i)
    CHECK(sum.b[i] == float(terms[0].weight * terms[0].scale * terms[0].factors.b[i] + terms[1].weight * terms[1].scale * terms[1].factors.b[i]));
}

TEST("adapter_algebra: what f32 does not hold is refused") {
  WeightedFactors huge = term(2, 5, 5, 1);
  huge.weight = 1e39;
  CHECK_THROWS(ErrorCode::non_finite, "use smaller weights", concatenated({huge}));
  CHECK_THROWS(ErrorCode::non_finite, "use smaller weights", factor_wise({huge}));
  huge.weight = 1e80;  // a root of it in each factor
  CHECK_THROWS(ErrorCode::non_finite, "use smaller weights", truncated({huge, huge}, 1));
}

}  // namespace
