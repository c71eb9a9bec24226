#include "core/qr.h"

#include <cmath>

#include "check.h"
#include "core/columns_fixture.h"

namespace {

using namespace xling;
using test::distance, test::identity, test::product, test::random_columns, test::transposed;

// A backward error of a few roundings of the largest number, times the sizes (Golub and Van Loan, section 5.2.2).
double tolerance(const Columns& a) { return 4e-16 * static_cast<double>(a.rows + a.cols) * (1 + test::largest(a)); }

void check_factors(const Columns& a) {
  const Qr parts = qr(a);
  const int64_t k = std::min(a.rows, a.cols);
  CHECK(parts.q.rows == a.rows && parts.q.cols == k && parts.r.rows == k && parts.r.cols == a.cols);
  CHECK(distance(product(parts.q, parts.r), a) <= tolerance(a));
  CHECK(distance(product(transposed(parts.q), parts.q), identity(k)) <= tolerance(identity(k)) * static_cast<double>(a.rows));
  for (int64_t j = 0; j < parts.r.cols; ++j)
    for (int64_t i = j + 1; i < k; ++i) CHECK(parts.r(i, j) == 0);
}

TEST("qr: Q·R is the matrix, Q is orthonormal and R is triangular, for tall, square and wide ones") {
  for (const auto& [rows, cols] : {std::pair(1, 1), std::pair(7, 3), std::pair(129, 24), std::pair(24, 24), std::pair(5, 12), std::pair(0, 3),
                                   std::pair(3, 0)})
    check_factors(random_columns(rows, cols, 1));
}

TEST("qr: columns that depend on each other, zeros, and numbers of all sizes") {
  Columns twice = random_columns(20, 6, 2);
  for (int64_t i = 0; i < 20; ++i) twice(i, 3) = twice(i, 1), twice(i, 5) = 0;
  check_factors(twice);
  check_factors(Columns(9, 4));
  Columns scaled = random_columns(30, 5, 3);
  for (int64_t i = 0; i < 30; ++i) scaled(i, 1) *= 1e30, scaled(i, 4) *= 1e-30;
  check_factors(scaled);
}

}  // namespace
