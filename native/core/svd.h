// A = U·diag(s)·Vᵀ by rotations of pairs of columns (one-sided Jacobi: Hestenes 1958; Golub and Van Loan, Matrix
// Computations, 4th edition, section 8.6.3), which finds small singular values as well as large ones.
#pragma once

#include "core/columns.h"

namespace xling {

struct Svd {
  Columns u;              // [rows, k], k = min(rows, cols); orthonormal columns, but that one may be zeros where s is 0
  std::vector<double> s;  // [k], descending, 0 or more
  Columns v;              // [cols, k], as u
};

// Of finite numbers; any shape.
Svd svd(const Columns& a);

}  // namespace xling
