#include "autograd/gated_activation.h"

#include "autograd/rope.h"
#include "autograd/soft_cap.h"
#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Row = std::vector<double>;

constexpr int64_t tokens = 3, heads = 2, width = 10, features = heads * width;
constexpr size_t count = tokens * features;
constexpr float cap = 2;

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Shape matrix{tokens, features};
  Placed gate{backend, matrix, test::random_numbers(count, 1)}, up{backend, matrix, test::random_numbers(count, 2)};
  Placed dgate{backend, matrix, std::vector<float>(count, 5)}, dup{backend, matrix, std::vector<float>(count, 5)};
  Placed y{backend, matrix}, dy{backend, matrix, test::random_numbers(count, 3)};
  Workspace workspace{backend};
  Tape tape;
  Pass pass;

  Bench() : pass{*backend, (workspace.reserve(1 << 16), workspace.arena()), &tape} {}
};

TEST("gated_activation on the tape: value and gradients are the kernel's, the gradients added to what is there") {
  for (Activation activation : {Activation::silu, Activation::gelu_tanh, Activation::gelu, Activation::tanh}) {
    Bench bench;
    gated_activation(bench.pass, {bench.gate, bench.dgate}, {bench.up, bench.dup}, {bench.y, bench.dy}, activation);
    CHECK_EQ(bench.tape.size(), size_t{1});
    CHECK_EQ(bench.workspace.arena().left(), size_t{0});
    bench.tape.backward(bench.workspace.arena());

    const Placed y(bench.backend, bench.matrix), dgate(bench.backend, bench.matrix), dup(bench.backend, bench.matrix);
    bench.backend->run(GatedActivation{bench.gate, bench.up, y, activation});
    bench.backend->run(GatedActivationBackward{bench.gate, bench.up, bench.dy, dgate, dup, activation});
    CHECK(bench.y.read() == y.read());
    const auto got_gate = bench.dgate.read(), got_up = bench.dup.read(), want_gate = dgate.read(), want_up = dup.read();
    for (size_t i = 0; i < count; ++i) {
      CHECK_EQ(got_gate[i], 5 + want_gate[i]);
      CHECK_EQ(got_up[i], 5 + want_up[i]);
    }
  }
}

TEST("gated_activation on the tape: what does not train gets no gradient, and nothing above it a node") {
  Bench bench;
  const Variable frozen_gate{bench.gate, {}}, frozen_up{bench.up, {}}, y{bench.y, bench.dy};
  gated_activation(bench.pass, frozen_gate, frozen_up, y, Activation::silu);
  CHECK_EQ(bench.tape.size(), size_t{0});
  gated_activation(bench.pass, {bench.gate, bench.dgate}, frozen_up, y, Activation::silu);
  gated_activation(bench.pass, frozen_gate, {bench.up, bench.dup}, y, Activation::silu);
  CHECK_EQ(bench.tape.size(), size_t{2});
  bench.tape.backward(bench.workspace.arena());
  CHECK(bench.dgate.read() != std::vector<float>(count, 5));
  CHECK(bench.dup.read() != std::vector<float>(count, 5));
}

TEST("gated_activation on the tape: y lies over an input only where nothing trains") {
  Bench bench;
  const Variable gate{bench.gate, bench.dgate}, up{bench.up, bench.dup};
  for (const Placed* over : {&bench.gate, &bench.up})
    CHECK_THROWS(ErrorCode::invalid_argument, "gated_activation: y lies over one of its inputs",
                 gated_activation(bench.pass, gate, up, {*over, bench.dy}, Activation::silu));
  Bench apart;
  gated_activation(apart.pass, {apart.gate, apart.dgate}, {apart.up, apart.dup}, {apart.y, apart.dy}, Activation::silu);
  Pass inference{*bench.backend, bench.workspace.arena()};
  gated_activation(inference, gate, up, {bench.gate, bench.dy}, Activation::silu);
  CHECK(bench.gate.read() == apart.y.read());
}

// loss = sum(dy * soft_cap(gelu_tanh(rope(x)) * up)), in f64.
double loss(const Row& x, const Row& up, const Bench& bench, const RopeAngles& angles) {
  const auto dy = bench.dy.read();
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t token = i / features, pair = i % width % (width / 2), first = i - i % width + pair;
    const double cos = angles.cos.as<float>()[token * width / 2 + pair], sin = angles.sin.as<float>()[token * width / 2 + pair];
    const double g = i == first ? x[first] * cos - x[first + width / 2] * sin : x[first + width / 2] * cos + x[first] * sin;
    const double act = g / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (g + 0.044715 * g * g * g)));
    sum += dy[i] * cap * std::tanh(act * up[i] / cap);
  }
  return sum;
}

TEST("tape: gradients through rope, gated_activation and soft_cap equal finite differences") {
  Bench bench;
  const Placed cos(bench.backend, {tokens, width / 2}), sin(bench.backend, {tokens, width / 2});
  const Placed positions(bench.backend, {tokens}, DType::i32), frequencies(bench.backend, {width / 2}, {1, 0.5f, 0.2f, 0.1f, 0.05f});
  const std::vector<int32_t> at = {1, 4, 11};
  bench.backend->write(Tensor(positions).data, at.data(), at.size() * sizeof(int32_t));
  bench.backend->run(RopeTable{positions, frequencies, cos, sin});
  const RopeAngles angles{cos, sin};

  const Placed dx(bench.backend, bench.matrix), dup(bench.backend, bench.matrix);
  const Placed turned(bench.backend, bench.matrix), dturned(bench.backend, bench.matrix);
  const Placed product(bench.backend, bench.matrix), dproduct(bench.backend, bench.matrix);
  const auto by_head = [](const Tensor& matrix) { return Tensor{matrix.data, {tokens, heads, width}, DType::f32}; };
  rope(bench.pass, {by_head(bench.gate), by_head(dx)}, angles, {by_head(turned), by_head(dturned)});
  gated_activation(bench.pass, {turned, dturned}, {bench.up, dup}, {product, dproduct}, Activation::gelu_tanh);
  soft_cap(bench.pass, {product, dproduct}, {bench.y, bench.dy}, cap);
  CHECK_EQ(bench.tape.size(), size_t{3});
  bench.tape.backward(bench.workspace.arena());

  const auto gates = bench.gate.read(), ups = bench.up.read(), got_x = dx.read(), got_up = dup.read();
  Row x(gates.begin(), gates.end()), up(ups.begin(), ups.end());
  const auto slope = [&](double& entry) {
    const double middle = entry;
    entry = middle + 1e-5;
    const double above = loss(x, up, bench, angles);
    entry = middle - 1e-5;
    const double below = loss(x, up, bench, angles);
    entry = middle;
    return (above - below) / 2e-5;
  };
  // f32 through three ops, each of some ten roundings of numbers up to |dy·up|, under 12; 1e-8 of the differences.
  for (size_t i = 0; i < count; ++i) {
    CHECK_NEAR(got_x[i], slope(x[i]), 12 * 30 * 0x1p-24 + 1e-8);
    CHECK_NEAR(got_up[i], slope(up[i]), 12 * 30 * 0x1p-24 + 1e-8);
  }
}

}  // namespace
