// Numbers of the engine's as an array of JavaScript's.
#pragma once

#include <napi.h>

#include <cstring>
#include <vector>

namespace xling::addon {

inline Napi::Value to_array(Napi::Env env, const std::vector<float>& numbers) {
  auto array = Napi::Float32Array::New(env, numbers.size());
  if (!numbers.empty()) std::memcpy(array.Data(), numbers.data(), numbers.size() * sizeof(float));
  return array;
}

}  // namespace xling::addon
