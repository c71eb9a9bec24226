#include "core/qr.h"

#include <algorithm>
#include <cmath>

namespace xling {

namespace {

double dot(const double* x, const double* y, int64_t from, int64_t to) {
  double sum = 0;
  for (int64_t i = from; i < to; ++i) sum += x[i] * y[i];
  return sum;
}

// H = I - factor·v·vᵀ, v from row `from` on.
struct Reflection {
  const double* v;
  double factor;
  int64_t from, rows;

  void apply(double* x) const {
    const double by = factor * dot(v, x, from, rows);
    for (int64_t i = from; i < rows; ++i) x[i] -= by * v[i];
  }
};

}  // namespace

Qr qr(Columns a) {
  const int64_t rows = a.rows, cols = a.cols, k = std::min(rows, cols);
  Qr out{{rows, k}, {k, cols}};
  std::vector<Reflection> reflections;
  for (int64_t j = 0; j < k; ++j) {
    double* v = a.column(j);
    const double norm = std::sqrt(dot(v, v, j, rows)), diagonal = v[j] > 0 ? -norm : norm;
    for (int64_t i = 0; i < j; ++i) out.r(i, j) = v[i];
    out.r(j, j) = diagonal;
    v[j] -= diagonal;
    const double squares = dot(v, v, j, rows);
    reflections.push_back({v, squares > 0 ? 2 / squares : 0, j, rows});
    for (int64_t c = j + 1; c < cols; ++c) reflections.back().apply(a.column(c));
  }
  for (int64_t j = k; j < cols; ++j) std::copy_n(a.column(j), k, out.r.column(j));
  for (int64_t j = 0; j < k; ++j) {
    out.q(j, j) = 1;
    for (int64_t i = j + 1; i-- > 0;) reflections[static_cast<size_t>(i)].apply(out.q.column(j));
  }
  return out;
}

}  // namespace xling
