#include "autograd/soft_cap.h"

#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;

constexpr size_t count = 7 * 31;

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Shape matrix{7, 31};
  Placed x{backend, matrix, test::random_numbers(count, 1)}, dx{backend, matrix, std::vector<float>(count, 5)};
  Placed y{backend, matrix}, dy{backend, matrix, test::random_numbers(count, 2)};
  Workspace workspace{backend};
  Tape tape;
  Pass pass;

  Bench() : pass{*backend, (workspace.reserve(1 << 12), workspace.arena()), &tape} {}
};

TEST("soft_cap on the tape: value and gradient are the kernel's, the gradient added; y may be x") {
  Bench apart, over;
  soft_cap(apart.pass, {apart.x, apart.dx}, {apart.y, apart.dy}, 1.5f);
  soft_cap(over.pass, {over.x, over.dx}, {over.x, over.dy}, 1.5f);
  CHECK_EQ(apart.tape.size(), size_t{1});
  CHECK_EQ(apart.workspace.arena().left(), size_t{0});
  apart.tape.backward(apart.workspace.arena());
  over.tape.backward(over.workspace.arena());

  const Placed y(apart.backend, apart.matrix), dx(apart.backend, apart.matrix);
  apart.backend->run(SoftCap{apart.x, y, 1.5f});
  apart.backend->run(SoftCapBackward{y, apart.dy, dx, 1.5f});
  CHECK(apart.y.read() == y.read());
  CHECK(over.x.read() == y.read());
  const auto got = apart.dx.read(), want = dx.read();
  for (size_t i = 0; i < count; ++i) CHECK_EQ(got[i], 5 + want[i]);
  CHECK(over.dx.read() == got);
}

TEST("soft_cap on the tape: without a tape, or above what does not train, there is no node") {
  Bench bench;
  soft_cap(bench.pass, {bench.x, {}}, {bench.y, bench.dy}, 30);
  Pass inference{*bench.backend, bench.workspace.arena()};
  soft_cap(inference, {bench.x, bench.dx}, {bench.y, bench.dy}, 30);
  CHECK_EQ(bench.tape.size(), size_t{0});
}

}  // namespace
