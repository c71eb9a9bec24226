#include "core/dtype.h"

#include <limits>

#include "check.h"

namespace {

using namespace xling;

TEST("bf16: every pattern survives the way to f32 and back") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const bfloat16 half{static_cast<uint16_t>(bits)};
    const float wide = to_f32(half);
    if (std::isnan(wide)) {
      CHECK(std::isnan(to_f32(to_bf16(wide))));
    } else {
      CHECK_EQ(to_bf16(wide).bits, half.bits);
    }
  }
}

TEST("bf16: rounds to nearest, ties to even, overflows to infinity") {
  CHECK_EQ(to_bf16(1.0f + 0x1p-8f).bits, to_bf16(1.0f).bits);              // a tie: down to even
  CHECK_EQ(to_bf16(1.0f + 0x3p-8f).bits, to_bf16(1.0f + 0x1p-6f).bits);    // a tie: up to even
  CHECK_EQ(to_bf16(1.0f + 0x1p-8f + 0x1p-20f).bits, to_bf16(1.0f + 0x1p-7f).bits);
  CHECK(std::isinf(to_f32(to_bf16(std::numeric_limits<float>::max()))));
  CHECK(std::isnan(to_f32(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace
