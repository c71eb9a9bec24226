// A = Q·R by Householder's reflections (Golub and Van Loan, Matrix Computations, 4th edition, algorithm 5.2.1).
#pragma once

#include "core/columns.h"

namespace xling {

struct Qr {
  Columns q;  // [rows, k], orthonormal columns, k = min(rows, cols)
  Columns r;  // [k, cols], zero below the diagonal
};

// Of finite numbers; any shape, columns that depend on each other included.
Qr qr(Columns a);

}  // namespace xling
