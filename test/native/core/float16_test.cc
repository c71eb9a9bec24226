#include "core/float16.h"

#include <limits>

#include "check.h"

namespace {

using namespace xling;

float16 half(uint32_t bits) { return {static_cast<uint16_t>(bits)}; }
uint32_t rounded(float value) { return to_f16(value).bits; }

TEST("f16: every pattern means what IEEE says, and survives the way to f32 and back") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float wide = to_f32(half(bits));
    const int exponent = bits >> 10 & 0x1f;
    const double fraction = bits & 0x3ff, sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 0x1f && fraction != 0) {
      CHECK(std::isnan(wide));
      CHECK(std::isnan(to_f32(to_f16(wide))));
      continue;
    }
    const double value = exponent == 0x1f ? HUGE_VAL : exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
    CHECK_EQ(wide, static_cast<float>(sign * value));
    CHECK_EQ(std::signbit(wide), sign < 0);
    CHECK_EQ(rounded(wide), bits);
  }
}

TEST("f16: rounds to nearest, ties to even, between every two neighbours") {
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = to_f32(half(bits)), high = to_f32(half(bits + 1));
    const float middle = low + (high - low) / 2;
    CHECK_EQ(rounded(middle), bits + (bits & 1));
    CHECK_EQ(rounded(std::nextafterf(middle, low)), bits);
    CHECK_EQ(rounded(std::nextafterf(middle, high)), bits + 1);
    CHECK_EQ(rounded(-middle), 0x8000u + bits + (bits & 1));
  }
}

TEST("f16: what is too large is infinite, from halfway to the next power of two on") {
  CHECK_EQ(rounded(65504.0f), 0x7bffu);
  CHECK_EQ(rounded(std::nextafterf(65520.0f, 0)), 0x7bffu);
  CHECK_EQ(rounded(65520.0f), 0x7c00u);
  CHECK_EQ(rounded(-std::numeric_limits<float>::max()), 0xfc00u);
  CHECK_EQ(rounded(-std::numeric_limits<float>::denorm_min()), 0x8000u);
}

}  // namespace
