#include "kernels/adamw.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

struct State {
  Floats w, m, v;
  bool operator==(const State& o) const { return same(w, o.w) && same(m, o.m) && same(v, o.v); }
  static bool same(const Floats& a, const Floats& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
  }
};

// Gradients of every size down to where eps decides, one in seven of them 0.
Floats gradients(size_t count, uint32_t stream) {
  auto g = test::random_numbers(count, stream);
  for (size_t i = 0; i < count; ++i) g[i] *= i % 7 == 6 ? 0 : std::ldexp(1.0f, -static_cast<int>(i % 5) * 10);
  return g;
}

constexpr float clip = 0.37f;

State start(size_t count) { return {test::random_numbers(count, 1), Floats(count), Floats(count)}; }

State run(const std::shared_ptr<Backend>& backend, const Shape& shape, const AdamWSettings& settings, int steps) {
  const State from = start(shape.numel());
  const Placed w(backend, shape, from.w), m(backend, shape, from.m), v(backend, shape, from.v);
  for (int step = 1; step <= steps; ++step) {
    const Placed grad(backend, shape, gradients(shape.numel(), static_cast<uint32_t>(step)));
    backend->run(AdamW{w, m, v, grad, clip, adamw_numbers(settings, step)});
  }
  return {w.read(), m.read(), v.read()};
}

const AdamWSettings usual{1e-2, 0.9, 0.999, 1e-8, 0.1}, bare{1e-3, 0, 0, 1e-6, 0}, heavy{1e-2, 0.5, 0.95, 1e-3, 3};

TEST("adamw: ten steps are algorithm 2's in f64, every ISA and shape") {
  for (const auto* loops : test::all_loops())
    for (const Shape& shape : {Shape{0}, Shape{1}, Shape{7}, Shape{3, 0}, Shape{65, 31}, Shape{2, 3, 5, 7}, Shape{16411}})
      for (const AdamWSettings& settings : {usual, bare, heavy}) {
        const size_t count = shape.numel();
        const auto got = run(test::cpu_with(*loops, 2), shape, settings, 10);
        std::vector<double> w(count), m(count), v(count);
        const State from = start(count);
        for (size_t i = 0; i < count; ++i) w[i] = from.w[i];
        for (int step = 1; step <= 10; ++step) {
          const auto grad = gradients(count, static_cast<uint32_t>(step));
          for (size_t i = 0; i < count; ++i) {
            const double g = double{clip} * grad[i];
            m[i] = settings.beta1 * m[i] + (1 - settings.beta1) * g;
            v[i] = settings.beta2 * v[i] + (1 - settings.beta2) * g * g;
            const double mean = m[i] / (1 - std::pow(settings.beta1, step));
            const double square = v[i] / (1 - std::pow(settings.beta2, step));
            w[i] -= settings.lr * (mean / (std::sqrt(square) + settings.eps) + settings.weight_decay * w[i]);
          }
        }
        for (size_t i = 0; i < count; ++i) {
          // A sum of ten rounds each of its terms less than forty times: numbers, products and sums, ten steps.
          const double largest = std::sqrt(v[i] / (1 - settings.beta2));  // no gradient was above it
          const double rounding = 40 * 0x1p-24;
          CHECK_NEAR(got.m[i], m[i], rounding * largest + FLT_TRUE_MIN * 10);
          CHECK_NEAR(got.v[i], v[i], rounding * v[i] + FLT_TRUE_MIN * 10);
          // A step is at most lr·|mean|/root, that is lr·sqrt(1/(1 - beta2)) from the first on; weights are below 4.
          CHECK_NEAR(got.w[i], w[i], rounding * (4 + 10 * settings.lr / std::sqrt(1 - settings.beta2)));
        }
      }
}

TEST("adamw: eps stands outside the root and after its correction") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  // The first step's g is 1e-8, which is eps: mean = g and root = g, so lr · g / (g + eps) = lr / 2.
  const Placed w(backend, Shape{1}, {0}), m(backend, Shape{1}), v(backend, Shape{1}), grad(backend, Shape{1}, {1e-8f});
  backend->run(AdamW{w, m, v, grad, 1, adamw_numbers({0.5, 0.9, 0.999, 1e-8, 0}, 1)});
  CHECK_NEAR(w.read()[0], -0.25, 0.25 * 16 * 0x1p-24);  // a rounding per number and operation
}

TEST("adamw: numbers keep the digits that 1 - beta would lose, and corrections end at 1") {
  const auto first = adamw_numbers(usual, 1), late = adamw_numbers(usual, 1000000);
  CHECK_EQ(first.rest2, 0.001f);
  CHECK(first.rest2 != 1 - first.beta2);
  CHECK_EQ(first.rest1, 0.1f);
  CHECK_EQ(first.step_size, static_cast<float>(1e-2 / (1 - 0.9)));
  CHECK_EQ(first.root_correction, static_cast<float>(std::sqrt(1 - 0.999)));
  CHECK_EQ(first.decay, static_cast<float>(1 - 1e-2 * 0.1));
  CHECK_EQ(first.eps, 1e-8f);
  CHECK_EQ(late.step_size, 1e-2f);
  CHECK_EQ(late.root_correction, 1.0f);
  CHECK_EQ(adamw_numbers(usual, 3).step_size, static_cast<float>(1e-2 / (1 - 0.9 * 0.9 * 0.9)));
}

// The contract's own operations in its own order, each rounded to f32.
State rounded(size_t count, const AdamWSettings& settings, int steps) {
  State at = start(count);
  for (int step = 1; step <= steps; ++step) {
    const auto grad = gradients(count, static_cast<uint32_t>(step));
    const auto n = adamw_numbers(settings, step);
    for (size_t i = 0; i < count; ++i) {
      const float g = clip * grad[i];
      at.m[i] = n.beta1 * at.m[i] + n.rest1 * g;
      at.v[i] = n.beta2 * at.v[i] + n.rest2 * (g * g);
      at.w[i] = n.decay * at.w[i] - n.step_size * (at.m[i] / (std::sqrt(at.v[i]) / n.root_correction + n.eps));
    }
  }
  return at;
}

TEST("adamw: every bit is the contract's, every ISA") {
  const auto want = rounded(1031, usual, 10);
  for (const auto* loops : test::all_loops()) CHECK(run(test::cpu_with(*loops, 2), Shape{1031}, usual, 10) == want);
}

TEST("adamw: threads 1 = 2 = 3, an element alone as among others, and ISAs, to the last bit") {
  const Shape shape{16411};
  const auto one = run(test::cpu_with(chosen_isa(), 1), shape, usual, 3);
  for (const auto* loops : test::all_loops())
    for (int threads : {1, 2, 3}) CHECK(run(test::cpu_with(*loops, threads), shape, usual, 3) == one);

  const auto backend = test::cpu_with(chosen_isa(), 1);
  const size_t at = 16410;
  const Placed w(backend, Shape{1}, {start(16411).w[at]}), m(backend, Shape{1}), v(backend, Shape{1});
  for (int step = 1; step <= 3; ++step) {
    const Placed grad(backend, Shape{1}, {gradients(16411, static_cast<uint32_t>(step))[at]});
    backend->run(AdamW{w, m, v, grad, clip, adamw_numbers(usual, step)});
  }
  CHECK(State({w.read(), m.read(), v.read()}) == State({{one.w[at]}, {one.m[at]}, {one.v[at]}}));
}

TEST("adamw: a gradient of 0 only decays; one that is not finite shows in its own weight") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 1);
    const Placed w(backend, Shape{4}, {2, 2, 2, 2}), grad(backend, Shape{4}, {0, NAN, INFINITY, 1});
    const Placed m(backend, Shape{4}), v(backend, Shape{4});
    const auto numbers = adamw_numbers(usual, 1);
    backend->run(AdamW{w, m, v, grad, 1, numbers});
    const auto got = w.read();
    CHECK_EQ(got[0], numbers.decay * 2);
    CHECK(std::isnan(got[1]) && std::isnan(got[2]) && std::isfinite(got[3]));
  }
}

TEST("adamw: what does not fit is refused with the field's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed w(backend, {2, 3}), m(backend, {2, 3}), v(backend, {2, 3}), grad(backend, {2, 3}), other(backend, Shape{6});
  const Placed half(backend, {2, 3}, DType::bf16);
  const AdamW fits{w, m, v, grad, 1, adamw_numbers(usual, 1)};
  backend->run(fits);
  const auto with = [&](auto AdamW::*field, const auto& value) {
    AdamW op = fits;
    op.*field = value;
    backend->run(op);
  };
  const auto number = [&](float AdamWNumbers::*field, float value) {
    AdamW op = fits;
    op.numbers.*field = value;
    backend->run(op);
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "adamw: w is not given", backend->run(AdamW{{}, {}, {}, {}, 1, fits.numbers}));
  CHECK_THROWS(ErrorCode::invalid_shape, "adamw: m is [6] but must be [2, 3]", with(&AdamW::m, Tensor(other)));
  CHECK_THROWS(ErrorCode::invalid_shape, "v is [6] but must be", with(&AdamW::v, Tensor(other)));
  CHECK_THROWS(ErrorCode::invalid_shape, "grad is [] but must be", with(&AdamW::grad, Tensor{}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "w is bf16 but must be f32", with(&AdamW::w, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_dtype, "m is bf16", with(&AdamW::m, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_dtype, "v is bf16", with(&AdamW::v, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_dtype, "grad is bf16", with(&AdamW::grad, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_argument, "m lies over w", with(&AdamW::m, Tensor(w)));
  CHECK_THROWS(ErrorCode::invalid_argument, "v lies over m", with(&AdamW::v, Tensor(m)));
  CHECK_THROWS(ErrorCode::invalid_argument, "grad lies over w", with(&AdamW::grad, Tensor(w)));
  CHECK_THROWS(ErrorCode::invalid_argument, "grad lies over v", with(&AdamW::grad, Tensor(v)));
  for (float scale : {INFINITY, NAN}) CHECK_THROWS(ErrorCode::invalid_argument, "scale is", with(&AdamW::scale, scale));
  for (float beta : {-0.1f, 1.0f, NAN}) {
    CHECK_THROWS(ErrorCode::invalid_argument, "beta1 is", number(&AdamWNumbers::beta1, beta));
    CHECK_THROWS(ErrorCode::invalid_argument, "beta2 is", number(&AdamWNumbers::beta2, beta));
  }
  for (float rest : {0.0f, 1.1f, NAN}) {
    CHECK_THROWS(ErrorCode::invalid_argument, "rest1 is", number(&AdamWNumbers::rest1, rest));
    CHECK_THROWS(ErrorCode::invalid_argument, "rest2 is", number(&AdamWNumbers::rest2, rest));
    CHECK_THROWS(ErrorCode::invalid_argument, "rootCorrection is", number(&AdamWNumbers::root_correction, rest));
  }
  for (float size : {-1.0f, INFINITY, NAN})
    CHECK_THROWS(ErrorCode::invalid_argument, "stepSize is", number(&AdamWNumbers::step_size, size));
  for (float decay : {INFINITY, NAN}) CHECK_THROWS(ErrorCode::invalid_argument, "decay is", number(&AdamWNumbers::decay, decay));
  for (float eps : {0.0f, INFINITY, NAN})
    CHECK_THROWS(ErrorCode::invalid_argument, "eps is", number(&AdamWNumbers::eps, eps));
}

TEST("adamw: settings that make no step are refused by name") {
  const auto derive = [](AdamWSettings settings, int64_t step = 1) { adamw_numbers(settings, step); };
  for (double bad : {-1.0, double{INFINITY}, double{NAN}}) {
    CHECK_THROWS(ErrorCode::invalid_argument, "adamw: lr is", derive({bad}));
    CHECK_THROWS(ErrorCode::invalid_argument, "weight_decay is", derive({1e-3, 0.9, 0.999, 1e-8, bad}));
  }
  for (double bad : {-0.1, 1.0, double{NAN}}) {
    CHECK_THROWS(ErrorCode::invalid_argument, "beta1 is", derive({1e-3, bad}));
    CHECK_THROWS(ErrorCode::invalid_argument, "beta2 is", derive({1e-3, 0.9, bad}));
  }
  for (double bad : {0.0, 1e-60, -1e-8, 1e60, double{NAN}})
    CHECK_THROWS(ErrorCode::invalid_argument, "eps is", derive({1e-3, 0.9, 0.999, bad}));
  for (int64_t bad : {int64_t{0}, int64_t{-1}})
    CHECK_THROWS(ErrorCode::invalid_argument, "the first one is 1", derive({}, bad));
  CHECK_THROWS(ErrorCode::invalid_argument, "lr is 1e+60 with weight_decay 0, a step that f32 does not hold", derive({1e60}));
  CHECK_THROWS(ErrorCode::invalid_argument, "with weight_decay 1e+60", derive({1, 0.9, 0.999, 1e-8, 1e60}));
}

TEST("adamw: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed w(backend, Shape{8}), m(backend, Shape{8}), v(backend, Shape{8}), grad(backend, Shape{8});
  CHECK_EQ(bytes_moved(AdamW{w, m, v, grad, 1, {}}), size_t{7 * 32});
}

}  // namespace
