#include "autograd/pool.h"

#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

constexpr size_t tokens = 7, rows = 3, width = 31;

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Shape many{7, 31}, few{3, 31};
  Placed x{backend, many, test::random_numbers(tokens * width, 1)}, dx{backend, many, Floats(tokens * width, 5)};
  Placed offsets{backend, Shape{4}, DType::i32};
  Placed y{backend, few, Floats(rows * width, 3)}, dy{backend, few, test::random_numbers(rows * width, 2)};
  Workspace workspace{backend};
  Tape tape;
  Pass pass;

  Bench() : pass{*backend, (workspace.reserve(1 << 12), workspace.arena()), &tape} {
    const int32_t ends[] = {0, 4, 4, 7};
    backend->write(Tensor(offsets).data, ends, sizeof ends);
  }
};

TEST("pool on the tape: value and gradient are the kernel's, scaled alike; y is written or added to, the gradient added") {
  for (Pooling pooling : {Pooling::first, Pooling::mean, Pooling::max})
    for (Write write : {Write::assign, Write::accumulate}) {
      Bench bench;
      const Placed y(bench.backend, bench.few, Floats(rows * width, 3)), dx(bench.backend, bench.many, Floats(tokens * width, 5));
      bench.backend->run(Pool{bench.x, bench.offsets, y, pooling, 0.5f, write});
      bench.backend->run(PoolBackward{bench.x, bench.offsets, bench.dy, dx, pooling, 0.5f});
      pool(bench.pass, {bench.x, bench.dx}, bench.offsets, {bench.y, bench.dy}, {pooling, 0.5f, write});
      CHECK_EQ(bench.tape.size(), size_t{1});
      CHECK_EQ(bench.workspace.arena().left(), size_t{0});
      bench.tape.backward(bench.workspace.arena());
      CHECK(bench.y.read() == y.read());
      CHECK(bench.dx.read() == dx.read());
      CHECK(bench.dx.read() != Floats(tokens * width, 5));
    }
}

TEST("pool on the tape: two that add to one vector both get its gradient") {
  Bench bench;
  const Placed other(bench.backend, bench.many, test::random_numbers(tokens * width, 3)), dother(bench.backend, bench.many);
  const Placed first(bench.backend, bench.few), second(bench.backend, bench.few);
  bench.backend->run(Pool{bench.x, bench.offsets, first, Pooling::mean, 0.5f});
  bench.backend->run(Pool{other, bench.offsets, second, Pooling::mean, 0.5f});
  pool(bench.pass, {bench.x, bench.dx}, bench.offsets, {bench.y, bench.dy}, {Pooling::mean, 0.5f});
  pool(bench.pass, {other, dother}, bench.offsets, {bench.y, bench.dy}, {Pooling::mean, 0.5f, Write::accumulate});
  bench.tape.backward(bench.workspace.arena());
  const auto y = bench.y.read(), one = first.read(), two = second.read(), dx = bench.dx.read(), dtwo = dother.read();
  for (size_t i = 0; i < y.size(); ++i) CHECK_EQ(y[i], one[i] + two[i]);
  for (size_t i = 0; i < dx.size(); ++i) CHECK_EQ(dx[i], 5 + dtwo[i]);
}

TEST("pool on the tape: without a tape, or above what does not train, there is no node") {
  Bench bench;
  pool(bench.pass, {bench.x, {}}, bench.offsets, {bench.y, bench.dy}, {});
  Pass inference{*bench.backend, bench.workspace.arena()};
  pool(inference, {bench.x, bench.dx}, bench.offsets, {bench.y, bench.dy}, {});
  CHECK_EQ(bench.tape.size(), size_t{0});
}

}  // namespace
