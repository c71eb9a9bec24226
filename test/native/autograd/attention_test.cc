#include "autograd/attention.h"

#include "backend/counting_backend.h"
#include "backend/workspace.h"
#include "check.h"
#include "kernels/attention_fixture.h"

namespace {

using namespace xling;
using namespace xling::test;

struct Bench {
  std::shared_ptr<Backend> backend = cpu_with(chosen_isa(), 2);
  AttentionProblem p;
  PlacedAttention placed{backend, p};
  Workspace workspace{backend};
  AttentionOptions options{p.scale, p.before, p.after};

  explicit Bench(float rate = 0) : p({{5, 0, 9}, 4, 2, 16, 6, 0}, rate) {
    workspace.reserve(1 << 16);
    if (rate != 0) options.dropout = {{placed.offsets, placed.keys, p.masks.seed, p.masks.step}, p.masks.op, rate};
  }

  AttentionInputs inputs(bool dq, bool dk, bool dv) const {
    const auto grad = [](bool wanted, const Placed& tensor) { return wanted ? Tensor(tensor) : Tensor{}; };
    return {{placed.q, grad(dq, placed.dq)}, {placed.k, grad(dk, placed.dk)}, {placed.v, grad(dv, placed.dv)}, placed.offsets};
  }
  void forward(Tape* tape, const AttentionInputs& in) {
    Pass pass{*backend, workspace.arena(), tape};
    attention(pass, in, {placed.y, placed.dy}, options);
  }
};

TEST("attention on the tape: y and the gradients are the kernels', added to what is there") {
  Bench bench;
  const auto want = run_attention(bench.backend, bench.p);
  Tape tape;
  for (int times = 1; times <= 2; ++times) {
    bench.forward(&tape, bench.inputs(true, true, true));
    CHECK_EQ(tape.size(), size_t{1});
    CHECK_EQ(bench.workspace.arena().left(), size_t{14 * 4 * 4 + 32});  // lse, in whole cache lines
    tape.backward(bench.workspace.arena());
    CHECK_EQ(bench.workspace.arena().left(), size_t{0});
    const auto got = bench.placed.read();
    CHECK(got.y == want.y);
    const auto near = [&](const Floats& values, const Floats& once) {
      // Each sum has tens of terms of a few units, rounded to 24 bits.
      for (size_t i = 0; i < once.size(); ++i) CHECK_NEAR(values[i], times * once[i], 1e-5);
    };
    near(got.dq, want.dq);
    near(got.dk, want.dk);
    near(got.dv, want.dv);
  }
}

TEST("attention on the tape: a mask's numbers arrive in both kernels, which draw one mask, and no other op's") {
  Bench bench(0.25f);
  const auto want = run_attention(bench.backend, bench.p);
  Tape tape;
  bench.forward(&tape, bench.inputs(true, true, true));
  // The tape holds copies: what the caller's options become does not matter.
  const auto other = bench.options.dropout.op ^= 1;
  tape.backward(bench.workspace.arena());
  const auto got = bench.placed.read();
  CHECK(got.y == want.y && got.dq == want.dq && got.dk == want.dk && got.dv == want.dv);
  CHECK(!(want == run_attention(bench.backend, AttentionProblem({{5, 0, 9}, 4, 2, 16, 6, 0}))));

  bench.p.masks.op = other;
  bench.forward(nullptr, bench.inputs(true, true, true));
  CHECK(bench.placed.y.read() == attend(bench.backend, bench.p).y);
  CHECK(bench.placed.y.read() != want.y);
}

TEST("attention on the tape: only what trains upstream gets a gradient; where nothing does, no node") {
  Bench bench;
  Tape tape;
  bench.forward(&tape, bench.inputs(false, true, false));
  tape.backward(bench.workspace.arena());
  const auto got = bench.placed.read(), want = run_attention(bench.backend, bench.p);
  CHECK(got.dk == want.dk);
  CHECK(got.dq == Floats(bench.p.q.size(), 0) && got.dv == Floats(bench.p.k.size(), 0));
  bench.forward(&tape, bench.inputs(false, false, false));
  CHECK_EQ(tape.size(), size_t{0});
}

TEST("attention on the tape: without it the values are the same bits, and nothing is kept") {
  Bench bench;
  Tape tape;
  bench.forward(&tape, bench.inputs(true, true, true));
  const auto trained = bench.placed.y.read();
  const size_t left = bench.workspace.arena().left();
  bench.forward(nullptr, bench.inputs(true, true, true));
  CHECK(bench.placed.y.read() == trained);
  CHECK_EQ(bench.workspace.arena().left(), left);
}

TEST("attention on the tape: an estimate has the peak and the ops of the step") {
  Bench bench;
  Tape tape;
  bench.forward(&tape, bench.inputs(true, true, true));
  tape.backward(bench.workspace.arena());

  const auto counting = std::make_shared<CountingBackend>(*bench.backend);
  Workspace imagined(counting);
  imagined.reserve(1 << 16);
  Pass pass{*counting, imagined.arena(), &tape};
  attention(pass, bench.inputs(true, true, true), {bench.placed.y, bench.placed.dy}, bench.options);
  tape.backward(imagined.arena());
  CHECK_EQ(imagined.arena().peak(), bench.workspace.arena().peak());
  CHECK_EQ(counting->ops(), uint64_t{2});
}

}  // namespace
