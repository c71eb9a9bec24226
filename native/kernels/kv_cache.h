// What a cache of keys and values is, to the kernels that use one.
//
// keys, values  [S, Hkv, C, D] f32: one layer's, of S slots. A slot holds one
// row's: the token at position p has its key and its value at place p mod C, so
// it is a ring that forgets what is C positions back. The order of the numbers
// inside a slot is the backend's own; a slot is one run of bytes in each tensor.
#pragma once

#include "kernels/contract.h"

namespace xling {

// Places of a slot are a multiple of it: the keys that the softmax takes at a
// time (kernels/attention.h) then lie together.
constexpr int64_t kv_cache_tile = 96;

void check_kv_cache(const char* kernel, const Tensor& keys, const Tensor& values);

}  // namespace xling
