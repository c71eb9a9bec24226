#include "autograd/activation.h"

#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

constexpr size_t count = 7 * 31;

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Shape matrix{7, 31};
  Placed x{backend, matrix, test::random_numbers(count, 1)}, dx{backend, matrix, Floats(count, 5)};
  Placed y{backend, matrix}, dy{backend, matrix, test::random_numbers(count, 2)};
  Workspace workspace{backend};
  Tape tape;
  Pass pass;

  Bench() : pass{*backend, (workspace.reserve(1 << 12), workspace.arena()), &tape} {}
};

TEST("activation on the tape: value and gradient are the kernel's, the gradient added; nothing is saved") {
  for (Activation activation : {Activation::silu, Activation::gelu_tanh, Activation::gelu, Activation::tanh}) {
    Bench bench;
    activate(bench.pass, {bench.x, bench.dx}, {bench.y, bench.dy}, activation);
    CHECK_EQ(bench.tape.size(), size_t{1});
    CHECK_EQ(bench.workspace.arena().left(), size_t{0});
    bench.tape.backward(bench.workspace.arena());

    const Placed y(bench.backend, bench.matrix), dx(bench.backend, bench.matrix);
    bench.backend->run(Activate{bench.x, y, activation});
    bench.backend->run(ActivateBackward{bench.x, bench.dy, dx, activation});
    CHECK(bench.y.read() == y.read());
    const auto got = bench.dx.read(), want = dx.read();
    for (size_t i = 0; i < count; ++i) CHECK_EQ(got[i], 5 + want[i]);
  }
}

TEST("activation on the tape: without a tape, or above what does not train, there is no node") {
  Bench bench;
  activate(bench.pass, {bench.x, {}}, {bench.y, bench.dy}, Activation::gelu);
  Pass inference{*bench.backend, bench.workspace.arena()};
  activate(inference, {bench.x, bench.dx}, {bench.y, bench.dy}, Activation::gelu);
  CHECK_EQ(bench.tape.size(), size_t{0});
}

TEST("activation on the tape: y lies over x only where nothing trains, and their gradients lie apart") {
  Bench bench, apart;
  const auto lies_over = [&](const char* text, const Variable& x, const Variable& y) {
    CHECK_THROWS(ErrorCode::invalid_argument, text, activate(bench.pass, x, y, Activation::gelu));
  };
  lies_over("activation: y lies over one of its inputs", {bench.x, bench.dx}, {bench.x, bench.dy});
  lies_over("activation_backward: dx lies over one of its inputs", {bench.x, bench.dy}, {bench.y, bench.dy});
  activate(apart.pass, {apart.x, apart.dx}, {apart.y, apart.dy}, Activation::gelu);
  Pass inference{*bench.backend, bench.workspace.arena()};
  activate(inference, {bench.x, bench.dx}, {bench.x, bench.dy}, Activation::gelu);
  CHECK(bench.x.read() == apart.y.read());
}

}  // namespace
