#include "autograd/rope.h"

#include "backend/counting_backend.h"
#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;

constexpr int64_t tokens = 5, heads = 3, width = 24;
constexpr size_t count = tokens * heads * width;

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Placed x{backend, {tokens, heads, width}, test::random_numbers(count, 1)};
  Placed dx{backend, {tokens, heads, width}, std::vector<float>(count, 5)};
  Placed y{backend, {tokens, heads, width}}, dy{backend, {tokens, heads, width}, test::random_numbers(count, 2)};
  Placed positions{backend, {tokens}, DType::i32}, frequencies{backend, {width / 2}, test::random_numbers(width / 2, 3)};
  Placed cos{backend, {tokens, width / 2}}, sin{backend, {tokens, width / 2}};
  Workspace workspace{backend};
  Tape tape;

  Bench() {
    workspace.reserve(1 << 12);
    const std::vector<int32_t> at = {0, 1, 2, 70, 9};
    backend->write(Tensor(positions).data, at.data(), at.size() * sizeof(int32_t));
    backend->run(RopeTable{positions, frequencies, cos, sin});
  }
  void forward(bool train, const Variable& from, const Tensor& to) {
    Pass pass{*backend, workspace.arena(), train ? &tape : nullptr};
    rope(pass, from, {cos, sin}, {to, dy});
  }
};

TEST("rope on the tape: value and gradient are the kernel's, the gradient added to what is there") {
  Bench bench;
  bench.forward(true, {bench.x, bench.dx}, bench.y);
  CHECK_EQ(bench.tape.size(), size_t{1});
  CHECK_EQ(bench.workspace.arena().left(), size_t{0});
  bench.tape.backward(bench.workspace.arena());

  const Placed want(bench.backend, {tokens, heads, width});
  bench.backend->run(Rope{bench.x, bench.cos, bench.sin, want});
  CHECK(bench.y.read() == want.read());
  bench.backend->run(Rope{bench.dy, bench.cos, bench.sin, want, RopeDirection::inverse});
  const auto got = bench.dx.read(), grad = want.read();
  for (size_t i = 0; i < count; ++i) CHECK_EQ(got[i], 5 + grad[i]);
}

TEST("rope on the tape: y may be x, whose value the gradient does not need") {
  Bench apart, over;
  apart.forward(true, {apart.x, apart.dx}, apart.y);
  over.forward(true, {over.x, over.dx}, over.x);
  CHECK(over.x.read() == apart.y.read());
  apart.tape.backward(apart.workspace.arena());
  over.tape.backward(over.workspace.arena());
  CHECK(over.dx.read() == apart.dx.read());
}

TEST("rope on the tape: without a tape, or above what does not train, there is no node") {
  Bench bench;
  bench.forward(true, {bench.x, {}}, bench.y);
  bench.forward(false, {bench.x, bench.dx}, bench.y);
  CHECK_EQ(bench.tape.size(), size_t{0});
}

TEST("rope on the tape: counted as one op forward and one backward") {
  Bench real;
  CountingBackend counting(*real.backend);
  Pass pass{counting, real.workspace.arena(), &real.tape};
  rope(pass, {real.x, real.dx}, {real.cos, real.sin}, {real.y, real.dy});
  CHECK_EQ(counting.ops(), uint64_t{1});
  real.tape.backward(real.workspace.arena());
  CHECK_EQ(counting.ops(), uint64_t{2});
}

}  // namespace
