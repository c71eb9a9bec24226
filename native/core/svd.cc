#include "core/svd.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace xling {

namespace {

// Far more than it takes: convergence is quadratic, about six to ten.
constexpr int most_sweeps = 60;

Columns transposed(const Columns& a) {
  Columns out(a.cols, a.rows);
  for (int64_t j = 0; j < a.cols; ++j)
    for (int64_t i = 0; i < a.rows; ++i) out(j, i) = a(i, j);
  return out;
}

void rotate(double* x, double* y, int64_t count, double c, double s) {
  for (int64_t i = 0; i < count; ++i) {
    const double before = x[i];
    x[i] = c * before - s * y[i];
    y[i] = s * before + c * y[i];
  }
}

// Makes two columns orthogonal; false if they are.
bool orthogonalize(Columns& a, Columns& v, int64_t p, int64_t q) {
  double *x = a.column(p), *y = a.column(q);
  double xx = 0, yy = 0, xy = 0;
  for (int64_t i = 0; i < a.rows; ++i) xx += x[i] * x[i], yy += y[i] * y[i], xy += x[i] * y[i];
  if (std::abs(xy) <= std::numeric_limits<double>::epsilon() * std::sqrt(xx) * std::sqrt(yy)) return false;
  const double zeta = (yy - xx) / (2 * xy);
  const double t = (zeta < 0 ? -1 : 1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
  const double c = 1 / std::sqrt(1 + t * t), s = c * t;
  rotate(x, y, a.rows, c, s);
  rotate(v.column(p), v.column(q), v.rows, c, s);
  return true;
}

// Of a matrix with no fewer rows than columns.
Svd svd_of_tall(Columns a) {
  const int64_t k = a.cols;
  Columns v(k, k);
  for (int64_t j = 0; j < k; ++j) v(j, j) = 1;
  bool rotated = true;
  for (int sweep = 0; rotated && sweep < most_sweeps; ++sweep) {
    rotated = false;
    for (int64_t p = 0; p < k; ++p)
      for (int64_t q = p + 1; q < k; ++q) rotated |= orthogonalize(a, v, p, q);
  }
  std::vector<double> lengths;
  for (int64_t j = 0; j < k; ++j) lengths.push_back(std::sqrt(std::inner_product(a.column(j), a.column(j) + a.rows, a.column(j), 0.0)));
  std::vector<int64_t> order(static_cast<size_t>(k));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t x, int64_t y) { return lengths[x] > lengths[y]; });
  Svd out{{a.rows, k}, {}, {k, k}};
  for (int64_t j = 0; j < k; ++j) {
    const int64_t from = order[j];
    const double length = lengths[from];
    out.s.push_back(length);
    for (int64_t i = 0; i < a.rows; ++i) out.u(i, j) = length > 0 ? a(i, from) / length : 0;
    std::copy_n(v.column(from), k, out.v.column(j));
  }
  return out;
}

}  // namespace

Svd svd(const Columns& a) {
  if (a.rows >= a.cols) return svd_of_tall(a);
  Svd turned = svd_of_tall(transposed(a));
  return {std::move(turned.v), std::move(turned.s), std::move(turned.u)};
}

}  // namespace xling
