#include "kernels/gated_activation.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "check.h"
#include "kernels/activation_formulas.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using namespace xling::test;

struct Problem {
  int64_t rows, width;
  Activation activation;
  Floats gate, up, dy;

  Problem(int64_t t, int64_t n, Activation a) : rows(t), width(n), activation(a) {
    const size_t count = static_cast<size_t>(t * n);
    gate = test::random_numbers(count, 1);
    for (float& g : gate) g *= 3;
    up = test::random_numbers(count, 2);
    dy = test::random_numbers(count, 3);
  }
  // One row of these gates, with up and dy 1, which leave act and act' as they are.
  Problem(const Floats& gates, Activation a) : Problem(1, static_cast<int64_t>(gates.size()), a) {
    gate = gates;
    up.assign(gate.size(), 1.0f);
    dy = up;
  }
  Shape shape() const { return {rows, width}; }
};

struct Outcome {
  Floats y, dgate, dup;
  bool operator==(const Outcome& o) const { return same_bits(y, o.y) && same_bits(dgate, o.dgate) && same_bits(dup, o.dup); }
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0) {
  const Placed gate(backend, p.shape(), p.gate), up(backend, p.shape(), p.up), dy(backend, p.shape(), p.dy);
  const Floats before(p.gate.size(), start);
  const Placed y(backend, p.shape(), before), dgate(backend, p.shape(), before), dup(backend, p.shape(), before);
  backend->run(GatedActivation{gate, up, y, p.activation});
  backend->run(GatedActivationBackward{gate, up, dy, dgate, dup, p.activation, write});
  return {y.read(), dgate.read(), dup.read()};
}

TEST("gated_activation: value equals the formula in f64, every ISA, activation and shape") {
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations)
      for (const auto& [rows, width] : activation_shapes) {
        const Problem p(rows, width, activation);
        const auto y = run(test::cpu_with(*loops, 2), p).y;
        for (size_t i = 0; i < y.size(); ++i)
          CHECK_NEAR(y[i], act(activation, p.gate[i]) * p.up[i], tolerance(activation, p.gate[i]) * std::abs(p.up[i]));
      }
}

TEST("gated_activation: act is as precise near zero and in its tails as at one") {
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations) {
      const Problem p(numbers_to_64(), activation);
      const auto [y, dgate, dup] = run(test::cpu_with(*loops, 2), p);
      for (size_t i = 0; i < y.size(); ++i) {
        const double want = act(activation, p.gate[i]), slack = tolerance(activation, p.gate[i]);
        CHECK_NEAR(y[i], want, slack);
        CHECK_NEAR(dup[i], want, slack);
      }
    }
}

// Central differences in f64, h = 1e-5: off by h^2 times a third derivative
// under 3 and by 1e-16 / h, both under 1e-9.
double slope(Activation activation, double g) {
  return (act(activation, g + 1e-5) - act(activation, g - 1e-5)) / 2e-5;
}

TEST("gated_activation: gradients equal finite differences of the formula") {
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations) {
      Floats gates;
      for (int i = -3000; i <= 3000; ++i) gates.push_back(static_cast<float>(i) * 0.005f);
      // |act'| is under 1.13 and the terms of its sum under 3: 16 ulps of one.
      const auto steps = run(test::cpu_with(*loops, 2), Problem(gates, activation));
      for (size_t i = 0; i < gates.size(); ++i) CHECK_NEAR(steps.dgate[i], slope(activation, gates[i]), 16 * 0x1p-24 + 1e-9);
      for (const auto& [rows, width] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {4, 72}, {2, 131}}) {
        const Problem p(rows, width, activation);
        const auto got = run(test::cpu_with(*loops, 2), p);
        for (size_t i = 0; i < p.gate.size(); ++i) {
          const double through = double(p.dy[i]) * p.up[i];
          CHECK_NEAR(got.dgate[i], through * slope(activation, p.gate[i]), (16 * 0x1p-24 + 1e-9) * std::abs(through));
          CHECK_NEAR(got.dup[i], p.dy[i] * act(activation, p.gate[i]), tolerance(activation, p.gate[i]) * std::abs(p.dy[i]));
        }
      }
    }
}

TEST("gated_activation: gates beyond any range do what the formula says") {
  struct Limit {
    float gate;
    double value, slope;  // NaN: NaN
  };
  const Limit of_products[] = {
      {0.0f, 0, 0.5},           {-0.0f, 0, 0.5},    {FLT_TRUE_MIN, FLT_TRUE_MIN / 2, 0.5}, {1e4f, 1e4f, 1},
      {-1e4f, 0, 0},            {1e20f, 1e20f, 1},  {-1e20f, 0, 0},                        {FLT_MAX, FLT_MAX, 1},
      {-FLT_MAX, 0, 0},         {INFINITY, INFINITY, 1}, {-INFINITY, NAN, 0},              {NAN, NAN, NAN},
  };
  const Limit of_tanh[] = {
      {0.0f, 0, 1},     {-0.0f, 0, 1},    {FLT_TRUE_MIN, FLT_TRUE_MIN, 1}, {1e4f, 1, 0},     {-1e4f, -1, 0},    {1e20f, 1, 0},
      {-1e20f, -1, 0},  {FLT_MAX, 1, 0},  {-FLT_MAX, -1, 0},               {INFINITY, 1, 0}, {-INFINITY, -1, 0}, {NAN, NAN, NAN},
  };
  for (const auto* loops : test::all_loops())
    for (Activation activation : activations)
      for (const auto& limit : activation == Activation::tanh ? of_tanh : of_products) {
        const auto got = run(test::cpu_with(*loops, 1), Problem(Floats{limit.gate}, activation));
        const auto agrees = [](float value, double want) {
          return std::isnan(want) ? std::isnan(value) : value == want || std::abs(value - want) <= FLT_TRUE_MIN;
        };
        CHECK(agrees(got.y[0], limit.value));
        CHECK(agrees(got.dgate[0], limit.slope));
        CHECK(agrees(got.dup[0], limit.value));
      }
}

TEST("gated_activation: gradients are written or added to as asked, and either may be absent") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(9, 101, Activation::gelu_tanh);
    const auto backend = test::cpu_with(*loops, 2);
    const auto plain = run(backend, p), set = run(backend, p, Write::assign, 5), added = run(backend, p, Write::accumulate, 5);
    CHECK(set == plain);
    for (size_t i = 0; i < p.gate.size(); ++i) {
      CHECK_EQ(added.dgate[i], 5 + plain.dgate[i]);
      CHECK_EQ(added.dup[i], 5 + plain.dup[i]);
    }
    const Placed gate(backend, p.shape(), p.gate), up(backend, p.shape(), p.up), dy(backend, p.shape(), p.dy);
    const Placed dgate(backend, p.shape()), dup(backend, p.shape());
    backend->run(GatedActivationBackward{gate, up, dy, dgate, {}, p.activation});
    backend->run(GatedActivationBackward{gate, up, dy, {}, dup, p.activation});
    backend->run(GatedActivationBackward{gate, up, dy, {}, {}, p.activation});
    CHECK(dgate.read() == plain.dgate);
    CHECK(dup.read() == plain.dup);
  }
}

TEST("gated_activation: y may be gate or up, and each gradient any of the inputs") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(65, 131, Activation::silu);
    const auto backend = test::cpu_with(*loops, 3);
    const auto apart = run(backend, p);
    for (int over : {0, 1}) {
      const Placed gate(backend, p.shape(), p.gate), up(backend, p.shape(), p.up);
      const Placed& y = over ? up : gate;
      backend->run(GatedActivation{gate, up, y, p.activation});
      CHECK(y.read() == apart.y);
    }
    for (int first : {0, 1, 2})
      for (int second : {0, 1, 2})
        for (Write write : {Write::assign, Write::accumulate}) {
          if (first == second) continue;
          const Placed inputs[] = {{backend, p.shape(), p.gate}, {backend, p.shape(), p.up}, {backend, p.shape(), p.dy}};
          const Floats* before[] = {&p.gate, &p.up, &p.dy};
          backend->run(GatedActivationBackward{inputs[0], inputs[1], inputs[2], inputs[first], inputs[second], p.activation, write});
          const auto dgate = inputs[first].read(), dup = inputs[second].read();
          const bool adds = write == Write::accumulate;
          for (size_t i = 0; i < p.gate.size(); ++i) {
            CHECK_EQ(dgate[i], (adds ? (*before[first])[i] + apart.dgate[i] : apart.dgate[i]));
            CHECK_EQ(dup[i], (adds ? (*before[second])[i] + apart.dup[i] : apart.dup[i]));
          }
        }
  }
}

TEST("gated_activation: threads 1 = 2 = 3, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(129, 641, Activation::gelu_tanh);
    const auto one = run(test::cpu_with(*loops, 1), p);
    CHECK(run(test::cpu_with(*loops, 2), p) == one);
    CHECK(run(test::cpu_with(*loops, 3), p) == one);
  }
}

TEST("gated_activation: a row alone equals the same row among others, to the last bit") {
  for (const auto* loops : test::all_loops()) {
    const Problem all(65, 131, Activation::gelu_tanh);
    const auto backend = test::cpu_with(*loops, 2);
    const auto batched = run(backend, all);
    for (int64_t row : {0, 13, 64}) {
      const auto cut = [&](const Floats& from) { return Floats(from.begin() + row * 131, from.begin() + (row + 1) * 131); };
      Problem alone(1, 131, all.activation);
      alone.gate = cut(all.gate), alone.up = cut(all.up), alone.dy = cut(all.dy);
      CHECK(run(backend, alone) == (Outcome{cut(batched.y), cut(batched.dgate), cut(batched.dup)}));
    }
  }
}

// The tails show e^z itself: s(z) is e^z there, so this holds exp's bits too.
TEST("gated_activation: lane code on arrays equals the ISA of that width to the last bit") {
  Floats gates = numbers_to_64();
  for (float far : {88.0f, 89.0f, 1e4f, 1e20f, FLT_MAX, INFINITY, NAN}) {
    gates.push_back(far);
    gates.push_back(-far);
  }
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &test::emulated8 : std::string(isa->isa) == "avx512" ? &test::emulated16 : isa;
    for (Activation activation : activations) {
      const Problem grid(gates, activation), random(33, 1031, activation);
      for (const Problem* p : {&grid, &random})
        for (Write write : {Write::assign, Write::accumulate})
          CHECK(run(test::cpu_with(*isa, 1), *p, write, 3) == run(test::cpu_with(*twin, 1), *p, write, 3));
    }
  }
}

TEST("gated_activation: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed gate(backend, {2, 3}), up(backend, {2, 3}), y(backend, {2, 3}), wide(backend, {2, 4}), line(backend, Shape{6});
  const Placed half(backend, {2, 3}, DType::bf16);
  const auto forward = [&](Tensor a, Tensor b, Tensor out, Activation activation = Activation::silu) {
    backend->run(GatedActivation{a, b, out, activation});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "gated_activation: gate is [6] but must be [T, N]", forward(line, line, line));
  CHECK_THROWS(ErrorCode::invalid_dtype, "gate is bf16 but must be f32", forward(half, half, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "up is [2, 4] but must be [2, 3]", forward(gate, wide, y));
  CHECK_THROWS(ErrorCode::invalid_dtype, "up is bf16", forward(gate, half, y));
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [] but must be [2, 3]", forward(gate, up, {}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16", forward(gate, up, half));
  for (int32_t number : {4, -1})
    CHECK_THROWS(ErrorCode::invalid_argument, "activation must be 'silu' or 'gelu_tanh' or 'gelu' or 'tanh'",
                 forward(gate, up, y, static_cast<Activation>(number)));
  // Two rows of a matrix of three, and the same one row later.
  const Placed three(backend, {3, 3});
  const Tensor whole = three, above{whole.data, {2, 3}, DType::f32}, below{whole.as<float>() + 3, {2, 3}, DType::f32};
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", forward(above, up, below));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", forward(gate, below, above));
  const auto backward = [&](Tensor g, Tensor dg, Tensor du, Write write = Write::assign, Activation activation = Activation::silu) {
    backend->run(GatedActivationBackward{gate, up, g, dg, du, activation, write});
  };
  const Placed dup(backend, {2, 3});
  const auto backward_of = [&](Tensor a, Tensor b) { backend->run(GatedActivationBackward{a, b, gate, y, dup}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "gated_activation_backward: gate is [6] but must be [T, N]", backward_of(line, up));
  CHECK_THROWS(ErrorCode::invalid_dtype, "gated_activation_backward: gate is bf16", backward_of(half, up));
  CHECK_THROWS(ErrorCode::invalid_shape, "gated_activation_backward: up is [2, 4]", backward_of(gate, wide));
  CHECK_THROWS(ErrorCode::invalid_dtype, "gated_activation_backward: up is bf16", backward_of(gate, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "dy is []", backward({}, y, dup));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dy is bf16", backward(half, y, dup));
  CHECK_THROWS(ErrorCode::invalid_shape, "gated_activation_backward: dgate is [2, 4]", backward(gate, wide, dup));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dgate is bf16", backward(gate, half, dup));
  CHECK_THROWS(ErrorCode::invalid_shape, "dup is [6]", backward(gate, y, line));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dup is bf16", backward(gate, y, half));
  CHECK_THROWS(ErrorCode::invalid_argument, "activation must be", backward(gate, y, dup, Write::assign, static_cast<Activation>(4)));
  CHECK_THROWS(ErrorCode::invalid_argument, "gradWrite must be 'assign' or 'accumulate'", backward(gate, y, dup, static_cast<Write>(2)));
  CHECK_THROWS(ErrorCode::invalid_argument, "dgate lies over one of its inputs", backward(above, below, dup));
  CHECK_THROWS(ErrorCode::invalid_argument, "dup lies over one of its inputs", backward(above, y, below));
  CHECK_THROWS(ErrorCode::invalid_argument, "dup lies over dgate", backward(gate, y, y));
  CHECK_THROWS(ErrorCode::invalid_argument, "dup lies over dgate", backward(gate, above, below));
}

TEST("gated_activation: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed a(backend, {4, 8}), b(backend, {4, 8}), c(backend, {4, 8}), d(backend, {4, 8}), e(backend, {4, 8});
  CHECK_EQ(bytes_moved(GatedActivation{a, b, c, Activation::silu}), size_t{3 * 128});
  CHECK_EQ(bytes_moved(GatedActivationBackward{a, b, c, d, e, Activation::silu, Write::assign}), size_t{5 * 128});
  CHECK_EQ(bytes_moved(GatedActivationBackward{a, b, c, d, {}, Activation::silu, Write::accumulate}), size_t{5 * 128});
  CHECK_EQ(bytes_moved(GatedActivationBackward{a, b, c, {}, e, Activation::silu, Write::accumulate}), size_t{5 * 128});
}

}  // namespace
