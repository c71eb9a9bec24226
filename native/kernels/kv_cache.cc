#include "kernels/kv_cache.h"

namespace xling {

void check_kv_cache(const char* kernel, const Tensor& keys, const Tensor& values) {
  if (keys.shape.rank != 4) fail(ErrorCode::invalid_shape, kernel, ": keys is ", keys.shape, " but must be [S, Hkv, C, D]");
  const int64_t places = keys.shape[2];
  if (places == 0 || places % kv_cache_tile != 0)
    fail(ErrorCode::invalid_shape, kernel, ": keys is ", keys.shape, " but C must be a multiple of ", kv_cache_tile,
         " above 0");
  expect_dtype(kernel, "keys", keys, DType::f32);
  expect_shape(kernel, "values", values, keys.shape);
  expect_dtype(kernel, "values", values, DType::f32);
  expect_apart(kernel, "values", values, keys);
}

}  // namespace xling
