// What the specs of all models ask of their numbers.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/error.h"
#include "kernels/attention.h"

namespace xling {

// Sizes beyond this are no model's, and products of two of them fit 64 bits.
inline constexpr int64_t largest_size = int64_t{1} << 30;

inline void expect_size(const char* model, const char* property, int64_t size) {
  if (size < 1 || size > largest_size) fail(ErrorCode::invalid_argument, model, ": ", property, " is ", size, " but must be 1 to ", largest_size);
}

inline void expect_positive(const char* model, const char* property, float value) {
  if (!(value > 0) || !std::isfinite(value))
    fail(ErrorCode::invalid_argument, model, ": ", property, " is ", value, " but must be above 0");
}

inline void expect_head_dim(const char* model, int64_t head_dim) {
  if (head_dim < 1 || head_dim % 8 != 0 || head_dim > attention_widest_head)
    fail(ErrorCode::invalid_argument, model, ": headDim is ", head_dim, " but must be a multiple of 8, at most ", attention_widest_head);
}

}  // namespace xling
