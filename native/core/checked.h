// Arithmetic on sizes that come from files or callers: an overflow is an
// Error that names the quantity, never a wrapped number.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/error.h"

namespace xling {

inline size_t checked_mul(size_t a, size_t b, const char* what) {
  size_t product;
  if (__builtin_mul_overflow(a, b, &product))
    fail(ErrorCode::invalid_shape, what, ": ", a, " x ", b, " overflows; give smaller dimensions");
  return product;
}

inline size_t checked_add(size_t a, size_t b, const char* what) {
  size_t sum;
  if (__builtin_add_overflow(a, b, &sum))
    fail(ErrorCode::invalid_shape, what, ": ", a, " + ", b, " overflows; give smaller dimensions");
  return sum;
}

// Smallest multiple of `step` (a power of two) that is not below `n`.
inline size_t checked_round_up(size_t n, size_t step, const char* what) {
  return checked_add(n, step - 1, what) & ~(step - 1);
}

}  // namespace xling
