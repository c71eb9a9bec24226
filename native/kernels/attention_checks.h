// What the contracts of attention ask of their tensors, whole rows or cached.
#pragma once

#include <cmath>

#include "kernels/attention.h"

namespace xling {

inline void check_like(const char* kernel, const char* tensor, const Tensor& got, const Shape& want) {
  expect_shape(kernel, tensor, got, want);
  expect_dtype(kernel, tensor, got, DType::f32);
}

// [T, heads, D] of f32 with heads and a width that the kernels take.
inline void check_heads(const char* kernel, const char* tensor, const Tensor& got, const char* heads) {
  if (got.shape.rank != 3)
    fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but must be [T, ", heads, ", D]");
  if (got.shape[1] == 0) fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but must have heads");
  const int64_t width = got.shape[2];
  if (width == 0 || width % 8 != 0 || width > attention_widest_head)
    fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but D must be a multiple of 8 from 8 to ",
         attention_widest_head);
  expect_dtype(kernel, tensor, got, DType::f32);
}

// Queries, keys and values of the same tokens, heads in groups.
inline void check_queries(const char* kernel, const Tensor& q, const Tensor& k, const Tensor& v) {
  check_heads(kernel, "q", q, "Hq");
  check_heads(kernel, "k", k, "Hkv");
  const int64_t heads = q.shape[1], key_heads = k.shape[1];
  check_like(kernel, "k", k, {q.shape[0], key_heads, q.shape[2]});
  check_like(kernel, "v", v, k.shape);
  if (heads % key_heads != 0)
    fail(ErrorCode::invalid_shape, kernel, ": q has ", heads, " heads, which is no multiple of the ", key_heads, " of k");
}

inline void check_offsets_shape(const char* kernel, const Tensor& offsets) {
  if (offsets.shape.rank != 1 || offsets.shape[0] == 0)
    fail(ErrorCode::invalid_shape, kernel, ": offsets is ", offsets.shape, " but must be [B+1]");
  expect_dtype(kernel, "offsets", offsets, DType::i32);
}

inline void check_scale(const char* kernel, float scale) {
  if (!std::isfinite(scale)) fail(ErrorCode::invalid_argument, kernel, ": scale is ", scale, " but must be finite");
}

inline void check_reach(const char* kernel, const char* field, int32_t reach) {
  if (reach < -1)
    fail(ErrorCode::invalid_argument, kernel, ": ", field, " is ", reach, " but must be a number of places, or -1 for all");
}

}  // namespace xling
