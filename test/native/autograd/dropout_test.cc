#include "autograd/dropout.h"

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
  Placed x{backend, matrix, std::vector<float>(count, 1)}, dx{backend, matrix, std::vector<float>(count, 5)};
  Placed y{backend, matrix}, dy{backend, matrix, test::random_numbers(count, 2)};
  Placed offsets{backend, Shape{3}, DType::i32}, keys{backend, {2, 3}, DType::i32};
  Workspace workspace{backend};
  Tape tape;
  Pass pass;
  DropoutMask mask{{offsets, keys, 0x8000000500000004u, 6}, 3, 0.25f};

  Bench() : pass{*backend, (workspace.reserve(1 << 12), workspace.arena()), &tape} {
    const int32_t cut[] = {0, 4, 7}, key[] = {-1, 8, 1, 9, 10, 1};
    backend->write(Tensor(offsets).data, cut, sizeof cut);
    backend->write(Tensor(keys).data, key, sizeof key);
  }
};

TEST("dropout on the tape: forward and backward have one mask, dx is added to; y may be x") {
  Bench apart, over;
  dropout(apart.pass, {apart.x, apart.dx}, apart.mask, {}, {apart.y, apart.dy});
  dropout(over.pass, {over.x, over.dx}, over.mask, {}, {over.x, over.dy});
  CHECK_EQ(apart.tape.size(), size_t{1});
  CHECK_EQ(apart.workspace.arena().left(), size_t{0});
  apart.tape.backward(apart.workspace.arena());
  over.tape.backward(over.workspace.arena());

  // x is 1, so y is the mask, and y = mask · x has the gradient mask · dy.
  const auto mask = apart.y.read(), dy = apart.dy.read(), dx = apart.dx.read();
  size_t dropped = 0;
  for (size_t i = 0; i < count; ++i) {
    dropped += mask[i] == 0;
    CHECK(mask[i] == 0 || mask[i] == dropout_factor(0.25f));
    CHECK_EQ(dx[i], 5 + dy[i] * mask[i]);
  }
  CHECK(dropped > 0 && dropped < count);
  CHECK(over.x.read() == mask);
  CHECK(over.dx.read() == dx);
}

TEST("dropout on the tape: a residual is added, and may be y; x's gradient is what it is without one") {
  Bench plain, apart, over;
  const Placed residual(apart.backend, apart.matrix, test::random_numbers(count, 3)), both(over.backend, over.matrix, residual.read());
  dropout(plain.pass, {plain.x, plain.dx}, plain.mask, {}, {plain.y, plain.dy});
  dropout(apart.pass, {apart.x, apart.dx}, apart.mask, residual, {apart.y, apart.dy});
  dropout(over.pass, {over.x, over.dx}, over.mask, both, {both, over.dy});
  for (Bench* bench : {&plain, &apart, &over}) bench->tape.backward(bench->workspace.arena());
  const auto mask = plain.y.read(), before = residual.read(), y = apart.y.read();
  for (size_t i = 0; i < count; ++i) CHECK_EQ(y[i], before[i] + mask[i]);
  CHECK(both.read() == y);
  CHECK(apart.dx.read() == plain.dx.read());
  CHECK(over.dx.read() == plain.dx.read());
  // The residual's gradient is y's, as it was.
  CHECK(apart.dy.read() == test::random_numbers(count, 2));
}

TEST("dropout on the tape: where x's gradient is y's, it is multiplied in place") {
  Bench bench;
  dropout(bench.pass, {bench.x, bench.dy}, bench.mask, {}, {bench.y, bench.dy});
  const auto mask = bench.y.read(), before = bench.dy.read();
  bench.tape.backward(bench.workspace.arena());
  const auto dx = bench.dy.read();
  for (size_t i = 0; i < count; ++i) CHECK_EQ(dx[i], before[i] * mask[i]);
}

TEST("dropout on the tape: every number of a mask arrives in its place") {
  const Bench bench;
  const Dropout op = dropout_by(bench.mask, bench.x, bench.y, Write::accumulate);
  CHECK_EQ(op.seed_low, 4);
  CHECK_EQ(op.seed_high, INT32_MIN + 5);
  CHECK_EQ(op.op, 3);
  CHECK_EQ(op.step, 6);
  CHECK_EQ(op.rate, 0.25f);
  CHECK(op.y_write == Write::accumulate);
}

TEST("dropout on the tape: without a tape, or above what does not train, there is no node") {
  Bench bench;
  dropout(bench.pass, {bench.x, {}}, bench.mask, {}, {bench.y, bench.dy});
  Pass inference{*bench.backend, bench.workspace.arena()};
  dropout(inference, {bench.x, bench.dx}, bench.mask, {}, {bench.y, bench.dy});
  CHECK_EQ(bench.tape.size(), size_t{0});
}

}  // namespace
