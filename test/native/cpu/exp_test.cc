#include "cpu/simd/exp.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;

// The arithmetic of the portable ISA, which names its own.
struct Unfused {
  static float multiply_add(float a, float b, float c) { return a * b + c; }
};
using Four = simd::vec<4, Unfused>;
using Eight = simd::vec<8, test::Fused>;
using Sixteen = simd::vec<16, test::Fused>;

struct Exp {
  template <class V>
  static V of(V x) {
    return simd::exp(x);
  }
  static double exact(float x) { return std::exp(double(x)); }
};
struct Tanh {
  template <class V>
  static V of(V x) {
    return simd::tanh(x);
  }
  static double exact(float x) { return std::tanh(double(x)); }
};

// The same number in every lane, and out of every lane the same bits.
template <class V, class Function>
float lanes_of(float x) {
  float out[V::lanes];
  Function::of(V::splat(x)).store(out);
  for (float lane : out) CHECK(std::memcmp(&lane, out, sizeof lane) == 0);
  return out[0];
}

float from_bits(uint32_t bits) {
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}

// Every 2039th f32 there is, NaNs and subnormals too, sixteen at a time: f(x).
template <class F>
void over_all_floats(const F& f) {
  constexpr uint64_t step = 2039;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 16 * step) {
    float x[16];
    for (uint32_t i = 0; i < 16; ++i) x[i] = from_bits(static_cast<uint32_t>(bits + i * step));
    f(x);
  }
}

template <class V, class Function>
void apply(const float (&x)[16], float (&out)[16]) {
  for (int i = 0; i < 16; i += V::lanes) Function::of(V::load(x + i)).store(out + i);
}

// |got - want| in units of the last place of an f32 as large as want.
double ulps(float got, double want) {
  int exponent;
  std::frexp(want, &exponent);
  return std::abs(got - want) / std::ldexp(1.0, std::max(exponent, -125) - 24);
}

void check_exp(float x, float got) {
  const double want = Exp::exact(x);
  if (std::isnan(x)) {
    CHECK(std::isnan(got));
  } else if (want >= 0x1.ffffffp+127) {  // rounds to no f32
    CHECK_EQ(got, INFINITY);
  } else if (want < 0x1p-126) {
    CHECK_EQ(got, 0.0f);
  } else {
    // The header's bound: half an ulp of the last sum, and what reduction and polynomial add.
    CHECK_NEAR(ulps(got, want), 0, 2);
  }
}

void check_tanh(float x, float got) {
  if (std::isnan(x)) {
    CHECK(std::isnan(got));
  } else {
    // The header's bound: relative, so that it holds no matter how near x is to zero.
    CHECK_NEAR(ulps(got, Tanh::exact(x)), 0, 3);
    CHECK(std::abs(got) <= 1);
  }
}

TEST("exp: within 2 ulp of e^x in f64 over a grid of all floats, in 4, 8 and 16 lanes") {
  over_all_floats([](const float(&x)[16]) {
    float four[16], eight[16], sixteen[16];
    apply<Four, Exp>(x, four);
    apply<Eight, Exp>(x, eight);
    apply<Sixteen, Exp>(x, sixteen);
    CHECK(std::memcmp(eight, sixteen, sizeof eight) == 0);
    for (int i = 0; i < 16; ++i) {
      check_exp(x[i], four[i]);
      check_exp(x[i], sixteen[i]);
    }
  });
}

TEST("tanh: within 3 ulp of tanh x in f64 over a grid of all floats, in 4, 8 and 16 lanes") {
  over_all_floats([](const float(&x)[16]) {
    float four[16], eight[16], sixteen[16];
    apply<Four, Tanh>(x, four);
    apply<Eight, Tanh>(x, eight);
    apply<Sixteen, Tanh>(x, sixteen);
    CHECK(std::memcmp(eight, sixteen, sizeof eight) == 0);
    for (int i = 0; i < 16; ++i) {
      check_tanh(x[i], four[i]);
      check_tanh(x[i], sixteen[i]);
    }
  });
}

template <class V>
void check_landmarks() {
  const auto exp = [](float x) { return lanes_of<V, Exp>(x); };
  const auto tanh = [](float x) { return lanes_of<V, Tanh>(x); };
  CHECK_EQ(exp(0.0f), 1.0f);
  CHECK_EQ(exp(-0.0f), 1.0f);
  CHECK_EQ(exp(FLT_MIN), 1.0f);
  // Each border, the number on it and its neighbour beyond: all are finite, normal, or exactly the limit.
  const float highest = 0x1.62e42ep+6f, lowest = -0x1.5d589ep+6f;
  check_exp(highest, exp(highest));
  CHECK(std::isfinite(exp(highest)));
  CHECK_EQ(exp(std::nextafter(highest, INFINITY)), INFINITY);
  check_exp(lowest, exp(lowest));
  CHECK(exp(lowest) >= FLT_MIN);
  CHECK_EQ(exp(std::nextafter(lowest, -INFINITY)), 0.0f);
  for (float far : {1e4f, FLT_MAX, INFINITY}) {
    CHECK_EQ(exp(far), INFINITY);
    CHECK_EQ(exp(-far), 0.0f);
    CHECK_EQ(tanh(far), 1.0f);
    CHECK_EQ(tanh(-far), -1.0f);
  }
  CHECK(std::isnan(exp(NAN)) && std::isnan(exp(-NAN)) && std::isnan(tanh(NAN)) && std::isnan(tanh(-NAN)));
  CHECK_EQ(tanh(0.0f), 0.0f);
  CHECK_EQ(tanh(-0.0f), 0.0f);
  for (float small : {FLT_TRUE_MIN, FLT_MIN, 0x1p-60f, 0x1p-13f}) {
    CHECK_EQ(tanh(small), small);
    CHECK_EQ(tanh(-small), -small);
  }
}

TEST("exp, tanh: zeros, infinities, NaNs and the last numbers before a limit, in every lane") {
  check_landmarks<Four>();
  check_landmarks<Eight>();
  check_landmarks<Sixteen>();
}

}  // namespace
