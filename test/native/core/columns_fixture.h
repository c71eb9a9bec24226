// What tests of factorisations need of small matrices, spelled out.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/columns.h"
#include "core/philox.h"

namespace xling::test {

inline Columns random_columns(int64_t rows, int64_t cols, uint32_t stream) {
  const RandomStream random({1234, RandomPurpose::init, stream, 0, 0, 0});
  Columns out(rows, cols);
  for (size_t i = 0; i < out.numbers.size(); ++i) out.numbers[i] = 2 * uniform(random.words(static_cast<uint32_t>(i), 0)[0]) - 1;
  return out;
}

inline Columns transposed(const Columns& a) {
  Columns out(a.cols, a.rows);
  for (int64_t j = 0; j < a.cols; ++j)
    for (int64_t i = 0; i < a.rows; ++i) out(j, i) = a(i, j);
  return out;
}

inline Columns product(const Columns& a, const Columns& b) {
  Columns out(a.rows, b.cols);
  for (int64_t j = 0; j < b.cols; ++j)
    for (int64_t k = 0; k < a.cols; ++k)
      for (int64_t i = 0; i < a.rows; ++i) out(i, j) += a(i, k) * b(k, j);
  return out;
}

inline Columns identity(int64_t size) {
  Columns out(size, size);
  for (int64_t i = 0; i < size; ++i) out(i, i) = 1;
  return out;
}

inline double largest(const Columns& a) {
  double out = 0;
  for (const double number : a.numbers) out = std::max(out, std::abs(number));
  return out;
}

// Between the numbers that are farthest apart; infinite where shapes differ.
inline double distance(const Columns& a, const Columns& b) {
  if (a.rows != b.rows || a.cols != b.cols) return HUGE_VAL;
  double out = 0;
  for (size_t i = 0; i < a.numbers.size(); ++i) out = std::max(out, std::abs(a.numbers[i] - b.numbers[i]));
  return out;
}

}  // namespace xling::test
