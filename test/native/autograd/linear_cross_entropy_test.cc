#include "autograd/linear_cross_entropy.h"

#include "autograd/soft_cap.h"
#include "backend/workspace.h"
#include "check.h"
#include "kernels/linear_cross_entropy_fixture.h"

namespace {

using namespace xling;
using test::HeadProblem;
using test::Placed;
using Floats = std::vector<float>;

constexpr int64_t rows = 4, width = 6, vocab = 37;

struct Bench {
  HeadProblem problem{rows, width, vocab};
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Placed x{backend, {rows, width}, problem.x}, dx{backend, {rows, width}, Floats(rows * width, 5)};
  Placed w{backend, {vocab, width}, problem.w}, dw{backend, {vocab, width}, test::start_of(vocab * width, true)};
  Placed bias{backend, Shape{vocab}, problem.bias}, dbias{backend, Shape{vocab}, test::start_of(vocab, true)};
  Placed labels{backend, Shape{rows}, DType::i32}, loss{backend, Shape{1}};
  Workspace workspace{backend};
  Tape tape;

  Bench() {
    problem.cap = 3;
    backend->write(Tensor(labels).data, problem.labels.data(), rows * 4);
    workspace.reserve(1 << 16);
  }
  Pass training() { return {*backend, workspace.arena(), &tape}; }
  LinearParameters head(bool trains) const {
    if (!trains) return {test::in_rows(w), {}, {bias, {}}};
    return {test::in_rows(w), dw, {bias, dbias}};
  }
  void run(Pass pass, const Tensor& x_grad, bool head_trains) {
    linear_cross_entropy(pass, {x, x_grad}, head(head_trains), {labels, problem.cap}, loss);
  }
};

TEST("linear_cross_entropy in a pass: value and gradients are the kernel's, made at once; nothing is recorded or kept") {
  Bench bench;
  const auto want = test::run(bench.backend, bench.problem, test::all_gradients, Layout::rows);
  bench.run(bench.training(), bench.dx, true);
  CHECK(bench.loss.read() == want.loss);
  CHECK(bench.dx.read() == want.dx);
  CHECK(bench.dw.read() == want.dw);
  CHECK(bench.dbias.read() == want.dbias);
  CHECK_EQ(bench.tape.size(), size_t{0});
  CHECK_EQ(bench.workspace.arena().left() + bench.workspace.arena().right(), size_t{0});
}

TEST("linear_cross_entropy in a pass: a frozen head costs one pass over it, and gets nothing") {
  Bench bench;
  const auto want = test::run(bench.backend, bench.problem, {true, false, false}, Layout::rows);
  bench.run(bench.training(), bench.dx, false);
  CHECK(bench.dx.read() == want.dx);
  CHECK(bench.dw.read() == test::start_of(vocab * width, true));
}

TEST("linear_cross_entropy in a pass: an input that does not train leaves the head its gradients; a pass without a tape gives none") {
  Bench bench;
  const auto want = test::run(bench.backend, bench.problem, test::all_gradients, Layout::rows);
  bench.run({*bench.backend, bench.workspace.arena()}, bench.dx, true);
  CHECK(bench.loss.read() == want.loss);
  CHECK(bench.dx.read() == Floats(rows * width, 5));
  CHECK(bench.dw.read() == test::start_of(vocab * width, true));
  bench.run(bench.training(), {}, true);
  CHECK(bench.dw.read() == want.dw);
  CHECK(bench.dbias.read() == want.dbias);
}

TEST("linear_cross_entropy in a pass: what is recorded below it goes on from its gradient") {
  Bench bench;
  const Placed in(bench.backend, {rows, width}, bench.problem.x), din(bench.backend, {rows, width});
  constexpr float cap = 2;
  Pass pass = bench.training();
  soft_cap(pass, {in, din}, {bench.x, bench.dx}, cap);
  bench.run(pass, bench.dx, false);
  bench.tape.backward(bench.workspace.arena());

  const Floats got = din.read();
  HeadProblem moved = bench.problem;
  const auto loss_with = [&](size_t i, float at) {
    Floats entry = bench.problem.x;
    entry[i] = at;
    for (size_t k = 0; k < entry.size(); ++k) moved.x[k] = cap * std::tanh(entry[k] / cap);
    return test::HeadReference(moved).loss;
  };
  for (size_t i = 0; i < got.size(); ++i) {
    const float up = bench.problem.x[i] + 0x1p-8f, down = bench.problem.x[i] - 0x1p-8f;
    // step² / 6 of a third derivative near 10, and x rounded to f32 over the step: 1e-4.
    CHECK_NEAR(got[i], (loss_with(i, up) - loss_with(i, down)) / (double(up) - down), 1e-4);
  }
}

}  // namespace
