#include "autograd/layer_norm.h"

#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

constexpr size_t rows = 7, width = 31, count = rows * width;

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Shape matrix{7, 31};
  Placed x{backend, matrix, test::random_numbers(count, 1)}, dx{backend, matrix, Floats(count, 5)};
  Placed gain{backend, Shape{31}, test::random_numbers(width, 2)}, dgain{backend, Shape{31}, Floats(width, 5)};
  Placed bias{backend, Shape{31}, test::random_numbers(width, 3)}, dbias{backend, Shape{31}, Floats(width, 5)};
  Placed y{backend, matrix}, dy{backend, matrix, test::random_numbers(count, 4)};
  Workspace workspace{backend};
  Tape tape;
  Pass pass;

  Bench() : pass{*backend, (workspace.reserve(1 << 12), workspace.arena()), &tape} {}
  LayerNormParameters norm() const { return {{gain, dgain}, {bias, dbias}, 1e-5f}; }
};

// What the kernels make of the same inputs.
struct Wanted {
  Floats y, dx, dgain, dbias;

  explicit Wanted(const Bench& b) {
    const Placed out(b.backend, b.matrix), mean(b.backend, Shape{7}), rstd(b.backend, Shape{7});
    const Placed grad(b.backend, b.matrix), gains(b.backend, Shape{31}, Floats(width, 5)), biases(b.backend, Shape{31}, Floats(width, 5));
    b.backend->run(LayerNorm{b.x, b.gain, b.bias, out, mean, rstd, 1e-5f});
    b.backend->run(LayerNormBackward{b.x, b.gain, mean, rstd, b.dy, grad, gains, biases});
    y = out.read(), dx = grad.read(), dgain = gains.read(), dbias = biases.read();
  }
};

TEST("layer_norm on the tape: value and gradients are the kernel's, the gradients added; mean and rstd are saved") {
  Bench bench;
  const Wanted want(bench);
  layer_norm(bench.pass, {bench.x, bench.dx}, bench.norm(), {bench.y, bench.dy});
  CHECK_EQ(bench.tape.size(), size_t{1});
  CHECK(bench.workspace.arena().left() >= 2 * rows * sizeof(float));
  bench.tape.backward(bench.workspace.arena());
  CHECK_EQ(bench.workspace.arena().left(), size_t{0});
  CHECK(bench.y.read() == want.y);
  const auto dx = bench.dx.read();
  for (size_t i = 0; i < count; ++i) CHECK_EQ(dx[i], 5 + want.dx[i]);
  CHECK(bench.dgain.read() == want.dgain);
  CHECK(bench.dbias.read() == want.dbias);
}

TEST("layer_norm on the tape: where x's gradient is y's, it is written over it") {
  Bench bench;
  const Wanted want(bench);
  layer_norm(bench.pass, {bench.x, bench.dy}, bench.norm(), {bench.y, bench.dy});
  bench.tape.backward(bench.workspace.arena());
  CHECK(bench.dy.read() == want.dx);
  CHECK(bench.dgain.read() == want.dgain);
  CHECK(bench.dbias.read() == want.dbias);
}

TEST("layer_norm on the tape: each gradient is made alone, what is frozen gets none, and inference leaves no node") {
  Bench bench;
  const Wanted want(bench);
  const Variable y{bench.y, bench.dy};
  Pass inference{*bench.backend, bench.workspace.arena()};
  layer_norm(inference, {bench.x, bench.dx}, bench.norm(), y);
  layer_norm(bench.pass, {bench.x, {}}, {{bench.gain, {}}, {bench.bias, {}}, 1e-5f}, y);
  CHECK_EQ(bench.tape.size(), size_t{0});
  CHECK_EQ(bench.workspace.arena().left(), size_t{0});
  layer_norm(bench.pass, {bench.x, {}}, {{bench.gain, bench.dgain}, {bench.bias, {}}, 1e-5f}, y);
  layer_norm(bench.pass, {bench.x, {}}, {{bench.gain, {}}, {bench.bias, bench.dbias}, 1e-5f}, y);
  bench.tape.backward(bench.workspace.arena());
  CHECK(bench.dgain.read() == want.dgain);
  CHECK(bench.dbias.read() == want.dbias);
  CHECK(bench.dx.read() == Floats(count, 5));
  layer_norm(bench.pass, {bench.x, bench.dx}, {{bench.gain, {}}, {}, 1e-5f}, y);
  bench.tape.backward(bench.workspace.arena());
  const auto dx = bench.dx.read();
  for (size_t i = 0; i < count; ++i) CHECK_EQ(dx[i], 5 + want.dx[i]);
}

TEST("layer_norm on the tape: y lies over x only where nothing trains") {
  Bench bench;
  const Wanted want(bench);
  CHECK_THROWS(ErrorCode::invalid_argument, "layer_norm: y lies over one of its inputs",
               layer_norm(bench.pass, {bench.x, bench.dx}, bench.norm(), {bench.x, bench.dy}));
  CHECK_EQ(bench.workspace.arena().left(), size_t{0});
  Pass inference{*bench.backend, bench.workspace.arena()};
  layer_norm(inference, {bench.x, bench.dx}, bench.norm(), {bench.x, bench.dy});
  CHECK(bench.x.read() == want.y);
}

}  // namespace
