#include "kernels/activation.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "check.h"
#include "kernels/activation_formulas.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"
#include "kernels/gated_activation.h"

namespace {

using namespace xling;
using namespace xling::test;

struct Problem {
  Shape shape;
  Activation activation;
  Floats x, dy;

  Problem(int64_t t, int64_t n, Activation a) : shape{t, n}, activation(a) {
    x = test::random_numbers(shape.numel(), 1);
    for (float& number : x) number *= 3;
    dy = test::random_numbers(shape.numel(), 2);
  }
  Problem(const Floats& numbers, Activation a) : Problem(1, static_cast<int64_t>(numbers.size()), a) {
    x = numbers;
    dy.assign(x.size(), 1.0f);
  }
};

struct Outcome {
  Floats y, dx;
  bool operator==(const Outcome& o) const { return same_bits(y, o.y) && same_bits(dx, o.dx); }
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0) {
  const Placed x(backend, p.shape, p.x), dy(backend, p.shape, p.dy);
  const Placed y(backend, p.shape, Floats(p.x.size(), start)), dx(backend, p.shape, Floats(p.x.size(), start));
  backend->run(Activate{x, y, p.activation});
  backend->run(ActivateBackward{x, dy, dx, p.activation, write});
  return {y.read(), dx.read()};
}

// |act'| is under 1.13 and the terms of its sum under 3: 16 ulps of one.
constexpr double slope_tolerance = 16 * 0x1p-24;

TEST("activation: value and gradient equal the formulas in f64, every ISA, activation and shape") {
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations)
      for (const auto& [rows, width] : activation_shapes) {
        const Problem p(rows, width, activation);
        const auto got = run(test::cpu_with(*loops, 2), p);
        for (size_t i = 0; i < p.x.size(); ++i) {
          CHECK_NEAR(got.y[i], act(activation, p.x[i]), tolerance(activation, p.x[i]));
          CHECK_NEAR(got.dx[i], p.dy[i] * slope(activation, p.x[i]), slope_tolerance * std::abs(p.dy[i]));
        }
      }
}

TEST("activation: act is as precise near zero and in its tails as at one") {
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations) {
      const Problem p(numbers_to_64(), activation);
      const auto got = run(test::cpu_with(*loops, 2), p);
      for (size_t i = 0; i < p.x.size(); ++i) {
        CHECK_NEAR(got.y[i], act(activation, p.x[i]), tolerance(activation, p.x[i]));
        CHECK_NEAR(got.dx[i], slope(activation, p.x[i]), slope_tolerance);
      }
    }
}

// Of both terms of the slope, far below zero, neither is lost: x·phi(x) is all but Phi(x)·x².
TEST("activation: gelu's slope keeps its relative precision below zero, down to f32's end") {
  Floats numbers;
  for (int i = 0; i <= 11000; ++i) numbers.push_back(-2 - 0.001f * static_cast<float>(i));
  for (const auto* loops : test::all_loops()) {
    const auto got = run(test::cpu_with(*loops, 1), Problem(numbers, Activation::gelu));
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double want = slope(Activation::gelu, numbers[i]);
      CHECK_NEAR(got.dx[i], want, 16 * 0x1p-24 * std::abs(want));
    }
  }
}

// Central differences in f64, h = 1e-5: off by h² times a third derivative under
// 3 and by 1e-16 / h, both under 1e-9.
TEST("activation: gradients equal finite differences of the formula") {
  Floats numbers;
  for (int i = -3000; i <= 3000; ++i) numbers.push_back(static_cast<float>(i) * 0.005f);
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations) {
      const auto got = run(test::cpu_with(*loops, 2), Problem(numbers, activation));
      for (size_t i = 0; i < numbers.size(); ++i) {
        const double x = numbers[i];
        CHECK_NEAR(got.dx[i], (act(activation, x + 1e-5) - act(activation, x - 1e-5)) / 2e-5, slope_tolerance + 1e-9);
      }
    }
}

TEST("activation: equals gated_activation with a gate of its own and up 1, infinities and NaN too") {
  Floats numbers = numbers_to_64();
  for (float far : {88.0f, 1e4f, 1e20f, FLT_MAX, INFINITY, NAN}) {
    numbers.push_back(far);
    numbers.push_back(-far);
  }
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations) {
      const auto backend = test::cpu_with(*loops, 2);
      const Problem p(numbers, activation);
      const Placed gate(backend, p.shape, p.x), up(backend, p.shape, p.dy), y(backend, p.shape), dgate(backend, p.shape);
      backend->run(GatedActivation{gate, up, y, activation});
      backend->run(GatedActivationBackward{gate, up, up, dgate, {}, activation});
      CHECK(run(backend, p) == (Outcome{y.read(), dgate.read()}));
      const auto last = run(backend, Problem(Floats{INFINITY, -INFINITY, NAN}, activation));
      const bool product = activation != Activation::tanh;
      CHECK_EQ(last.y[0], product ? INFINITY : 1.0f);
      CHECK(product ? std::isnan(last.y[1]) : last.y[1] == -1);
      CHECK_EQ(last.dx[0], product ? 1.0f : 0.0f);
      CHECK_EQ(last.dx[1], 0.0f);
      CHECK(std::isnan(last.y[2]) && std::isnan(last.dx[2]));
    }
}

TEST("activation: dx is written or added to as asked; y may be x, and dx x or dy") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(65, 131, Activation::gelu);
    const auto backend = test::cpu_with(*loops, 3);
    const auto plain = run(backend, p), set = run(backend, p, Write::assign, 5), added = run(backend, p, Write::accumulate, 5);
    CHECK(set == plain);
    for (size_t i = 0; i < p.x.size(); ++i) CHECK_EQ(added.dx[i], 5 + plain.dx[i]);
    const Placed y(backend, p.shape, p.x);
    backend->run(Activate{y, y, p.activation});
    CHECK(y.read() == plain.y);
    for (int over : {0, 1})
      for (Write write : {Write::assign, Write::accumulate}) {
        const Placed inputs[] = {{backend, p.shape, p.x}, {backend, p.shape, p.dy}};
        backend->run(ActivateBackward{inputs[0], inputs[1], inputs[over], p.activation, write});
        const auto dx = inputs[over].read();
        for (size_t i = 0; i < dx.size(); ++i)
          CHECK_EQ(dx[i], (write == Write::accumulate ? (over ? p.dy : p.x)[i] + plain.dx[i] : plain.dx[i]));
      }
  }
}

TEST("activation: threads 1 = 2 = 3, and a row alone as among others, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations) {
      const Problem p(129, 641, activation);
      const auto one = run(test::cpu_with(*loops, 1), p);
      CHECK(run(test::cpu_with(*loops, 2), p) == one);
      CHECK(run(test::cpu_with(*loops, 3), p) == one);
      for (int64_t row : {0, 13, 128}) {
        const auto cut = [&](const Floats& from) { return Floats(from.begin() + row * 641, from.begin() + (row + 1) * 641); };
        Problem alone(1, 641, activation);
        alone.x = cut(p.x), alone.dy = cut(p.dy);
        CHECK(run(test::cpu_with(*loops, 1), alone) == (Outcome{cut(one.y), cut(one.dx)}));
      }
    }
}

TEST("activation: lane code on arrays equals the ISA of that width to the last bit") {
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &test::emulated8 : std::string(isa->isa) == "avx512" ? &test::emulated16 : isa;
    for (Activation activation : activations) {
      const Problem p(numbers_to_64(), activation);
      for (Write write : {Write::assign, Write::accumulate})
        CHECK(run(test::cpu_with(*isa, 1), p, write, 3) == run(test::cpu_with(*twin, 1), p, write, 3));
    }
  }
}

TEST("activation: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3}), dy(backend, {2, 3}), y(backend, {2, 3}), line(backend, Shape{6}), wide(backend, {2, 4});
  const Placed half(backend, {2, 3}, DType::bf16), three(backend, {3, 3});
  const Tensor above{Tensor(three).data, {2, 3}, DType::f32}, below{Tensor(three).as<float>() + 3, {2, 3}, DType::f32};
  const auto forward = [&](Tensor from, Tensor to, int32_t activation = 0) {
    backend->run(Activate{from, to, static_cast<Activation>(activation)});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "activation: x is [6] but must be [T, N]", forward(line, line));
  CHECK_THROWS(ErrorCode::invalid_dtype, "activation: x is bf16 but must be f32", forward(half, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "activation: y is [2, 4] but must be [2, 3]", forward(x, wide));
  CHECK_THROWS(ErrorCode::invalid_dtype, "activation: y is bf16", forward(x, half));
  for (int32_t number : {4, -1})
    CHECK_THROWS(ErrorCode::invalid_argument, "activation must be 'silu' or 'gelu_tanh' or 'gelu' or 'tanh'", forward(x, y, number));
  CHECK_THROWS(ErrorCode::invalid_argument, "activation: y lies over one of its inputs", forward(above, below));
  const auto backward = [&](Tensor from, Tensor grad, Tensor to, Write write = Write::assign, int32_t activation = 0) {
    backend->run(ActivateBackward{from, grad, to, static_cast<Activation>(activation), write});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "activation_backward: x is [6]", backward(line, line, line));
  CHECK_THROWS(ErrorCode::invalid_dtype, "activation_backward: x is bf16", backward(half, dy, y));
  CHECK_THROWS(ErrorCode::invalid_shape, "dy is []", backward(x, {}, y));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dy is bf16", backward(x, half, y));
  CHECK_THROWS(ErrorCode::invalid_shape, "dx is []", backward(x, dy, {}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dx is bf16", backward(x, dy, half));
  CHECK_THROWS(ErrorCode::invalid_argument, "activation must be", backward(x, dy, y, Write::assign, 4));
  CHECK_THROWS(ErrorCode::invalid_argument, "dxWrite must be 'assign' or 'accumulate'", backward(x, dy, y, static_cast<Write>(2)));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over one of its inputs", backward(above, dy, below));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over one of its inputs", backward(x, above, below));
}

TEST("activation: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed a(backend, {4, 8}), b(backend, {4, 8}), c(backend, {4, 8});
  CHECK_EQ(bytes_moved(Activate{a, b}), size_t{2 * 128});
  CHECK_EQ(bytes_moved(ActivateBackward{a, b, c}), size_t{3 * 128});
  CHECK_EQ(bytes_moved(ActivateBackward{a, b, c, Activation::tanh, Write::accumulate}), size_t{4 * 128});
}

}  // namespace
