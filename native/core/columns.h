// A small dense matrix of doubles on the host, column by column: what factorisations of an adapter's factors work on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xling {

struct Columns {
  int64_t rows, cols;
  std::vector<double> numbers;  // (i, j) at j·rows + i

  Columns(int64_t rows_, int64_t cols_) : rows(rows_), cols(cols_), numbers(static_cast<size_t>(rows_) * static_cast<size_t>(cols_)) {}

  double* column(int64_t j) { return numbers.data() + j * rows; }
  const double* column(int64_t j) const { return numbers.data() + j * rows; }
  double& operator()(int64_t i, int64_t j) { return column(j)[i]; }
  double operator()(int64_t i, int64_t j) const { return column(j)[i]; }
};

}  // namespace xling
