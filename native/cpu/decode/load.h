// Little-endian numbers at any address: blocks of 18 or 34 bytes align nothing.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/float16.h"

namespace xling {

template <class T>
T load(const uint8_t* at) {
  T out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

inline float load_f16(const uint8_t* at) { return to_f32(load<float16>(at)); }

}  // namespace xling
