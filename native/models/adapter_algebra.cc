#include "models/adapter_algebra.h"

#include <cmath>

#include "core/error.h"
#include "core/qr.h"
#include "core/svd.h"

namespace xling {

namespace {

float narrowed(double number) {
  const auto out = static_cast<float>(number);
  if (!std::isfinite(out)) fail(ErrorCode::non_finite, "the sum of the adapters has ", number, ", which f32 does not hold; use smaller weights");
  return out;
}

int64_t ranks_of(const std::vector<WeightedFactors>& terms) {
  int64_t ranks = 0;
  for (const auto& term : terms) ranks += term.factors.rank;
  return ranks;
}

Factors shaped(const Factors& like, int64_t rank) {
  Factors out{rank, like.inputs, like.outputs, {}, {}};
  out.a.resize(static_cast<size_t>(rank * like.inputs));
  out.b.resize(static_cast<size_t>(like.outputs * rank));
  return out;
}

// Calls use(term, its rank r, r among all ranks).
template <class Use>
void for_ranks(const std::vector<WeightedFactors>& terms, const Use& use) {
  int64_t at = 0;
  for (const auto& term : terms)
    for (int64_t r = 0; r < term.factors.rank; ++r) use(term, r, at++);
}

// The terms' factors side by side: Aᵀ [inputs, ranks] and B [outputs, ranks], weights and scales in B.
struct SideBySide {
  Columns a, b;

  explicit SideBySide(const std::vector<WeightedFactors>& terms)
      : a(terms[0].factors.inputs, ranks_of(terms)), b(terms[0].factors.outputs, ranks_of(terms)) {
    for_ranks(terms, [&](const WeightedFactors& term, int64_t r, int64_t at) {
      const auto& [rank, inputs, outputs, a_of, b_of] = term.factors;
      for (int64_t k = 0; k < inputs; ++k) a(k, at) = a_of[static_cast<size_t>(r * inputs + k)];
      for (int64_t n = 0; n < outputs; ++n) b(n, at) = term.weight * term.scale * b_of[static_cast<size_t>(n * rank + r)];
    });
  }
};

// out[:,j] = by · m[:,j] · q
void multiply_column(const Columns& q, const double* m, double by, double* out) {
  for (int64_t c = 0; c < q.cols; ++c) {
    const double weight = by * m[c];
    const double* from = q.column(c);
    for (int64_t i = 0; i < q.rows; ++i) out[i] += weight * from[i];
  }
}

}  // namespace

Factors concatenated(const std::vector<WeightedFactors>& terms) {
  Factors out = shaped(terms[0].factors, ranks_of(terms));
  for_ranks(terms, [&](const WeightedFactors& term, int64_t r, int64_t at) {
    const auto& [rank, inputs, outputs, a, b] = term.factors;
    for (int64_t k = 0; k < inputs; ++k) out.a[static_cast<size_t>(at * inputs + k)] = a[static_cast<size_t>(r * inputs + k)];
    for (int64_t n = 0; n < outputs; ++n)
      out.b[static_cast<size_t>(n * out.rank + at)] = narrowed(term.weight * term.scale * b[static_cast<size_t>(n * rank + r)]);
  });
  return out;
}

// B·A = Qb·(Rb·Raᵀ)·Qaᵀ, and the singular values of that are those of the small matrix in the middle.
Factors truncated(const std::vector<WeightedFactors>& terms, int64_t rank) {
  SideBySide sides(terms);
  const Qr b = qr(std::move(sides.b)), a = qr(std::move(sides.a));
  Columns middle(b.r.rows, a.r.rows);
  for (int64_t j = 0; j < middle.cols; ++j)
    for (int64_t c = 0; c < b.r.cols; ++c)
      for (int64_t i = 0; i < middle.rows; ++i) middle(i, j) += b.r(i, c) * a.r(j, c);
  const Svd parts = svd(middle);
  Factors out = shaped(terms[0].factors, rank);
  for (int64_t r = 0; r < rank; ++r) {
    const double root = std::sqrt(parts.s.at(static_cast<size_t>(r)));
    Columns left(out.outputs, 1), right(out.inputs, 1);
    multiply_column(b.q, parts.u.column(r), root, left.column(0));
    multiply_column(a.q, parts.v.column(r), root, right.column(0));
    for (int64_t n = 0; n < out.outputs; ++n) out.b[static_cast<size_t>(n * rank + r)] = narrowed(left(n, 0));
    for (int64_t k = 0; k < out.inputs; ++k) out.a[static_cast<size_t>(r * out.inputs + k)] = narrowed(right(k, 0));
  }
  return out;
}

Factors factor_wise(const std::vector<WeightedFactors>& terms) {
  Factors out = shaped(terms[0].factors, terms[0].factors.rank);
  const auto sum = [&](std::vector<float>& into, const auto& number) {
    for (size_t i = 0; i < into.size(); ++i) {
      double total = 0;
      for (const auto& term : terms) total += number(term, i);
      into[i] = narrowed(total);
    }
  };
  sum(out.a, [](const WeightedFactors& term, size_t i) { return term.weight * term.factors.a[i]; });
  sum(out.b, [](const WeightedFactors& term, size_t i) { return term.weight * term.scale * term.factors.b[i]; });
  return out;
}

}  // namespace xling
