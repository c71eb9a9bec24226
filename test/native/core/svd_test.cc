#include "core/svd.h"

#include <cmath>

#include "check.h"
#include "core/columns_fixture.h"
#include "core/qr.h"

namespace {

using namespace xling;
using test::distance, test::identity, test::product, test::random_columns, test::transposed;

// Orthonormal columns.
Columns random_basis(int64_t rows, int64_t cols, uint32_t stream) { return qr(random_columns(rows, cols, stream)).q; }

Columns scaled(Columns a, const std::vector<double>& by) {
  for (int64_t j = 0; j < a.cols; ++j)
    for (int64_t i = 0; i < a.rows; ++i) a(i, j) *= by[static_cast<size_t>(j)];
  return a;
}

// Jacobi's rotations leave an error of a few roundings, times the sizes.
constexpr double roundings = 1e-14;

TEST("svd: finds the singular values that a matrix was made of, to their own precision, and its vectors") {
  for (const auto& [rows, cols] : {std::pair(1, 1), std::pair(6, 6), std::pair(40, 9), std::pair(9, 40)}) {
    const int64_t k = std::min(rows, cols);
    std::vector<double> made;
    for (int64_t i = 0; i < k; ++i) made.push_back(std::pow(10.0, 3.0 - static_cast<double>(i)));
    const Columns a = product(scaled(random_basis(rows, k, 1), made), transposed(random_basis(cols, k, 2)));
    const Svd found = svd(a);
    CHECK(found.s.size() == static_cast<size_t>(k));
    for (int64_t i = 0; i < k; ++i) CHECK(std::abs(found.s[i] - made[i]) <= roundings * 10 * made[0]);
    CHECK(distance(product(scaled(found.u, found.s), transposed(found.v)), a) <= roundings * 10 * made[0]);
    CHECK(distance(product(transposed(found.u), found.u), identity(k)) <= 1e-13);
    CHECK(distance(product(transposed(found.v), found.v), identity(k)) <= 1e-13);
  }
}

TEST("svd: values descend, and what has a lower rank ends in zeros") {
  const Columns a = product(random_columns(12, 3, 3), random_columns(3, 8, 4));
  const Svd found = svd(a);
  for (size_t i = 1; i < found.s.size(); ++i) CHECK(found.s[i] <= found.s[i - 1]);
  CHECK(found.s[2] > 0.1);
  for (size_t i = 3; i < found.s.size(); ++i) CHECK(found.s[i] <= roundings * 10 * found.s[0]);
  CHECK(distance(product(scaled(found.u, found.s), transposed(found.v)), a) <= roundings * 10 * found.s[0]);
}

TEST("svd: zeros, and nothing") {
  const Svd zeros = svd(Columns(4, 3));
  for (const double value : zeros.s) CHECK(value == 0);
  CHECK(test::largest(zeros.u) == 0);
  CHECK(svd(Columns(0, 3)).s.empty());
  CHECK(svd(Columns(3, 0)).s.empty());
}

}  // namespace
