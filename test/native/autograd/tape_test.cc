#include "autograd/tape.h"

#include "autograd/rms_norm.h"
#include "backend/counting_backend.h"
#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;

constexpr int64_t rows = 5, width = 72;

// loss = sum(dy * norm2(norm1(x) )): one step's allocations, forward and backward,
// on whatever backend is given. Returns the workspace's peak.
size_t two_norms(Pass& pass, const Variable& x, const RmsNormParameters& first, const RmsNormParameters& second, const Tensor& dy, Tensor* out = nullptr) {
  const Variable middle{pass.push_left({rows, width}, DType::f32), pass.training() ? pass.push_left({rows, width}, DType::f32) : Tensor{}};
  const Variable last{pass.push_left({rows, width}, DType::f32), dy};
  if (pass.training()) pass.backend.zero(middle.grad.data, middle.grad.bytes());
  rms_norm(pass, x, first, {}, middle);
  rms_norm(pass, middle, second, {}, last);
  if (out) *out = last.value;
  return pass.arena.peak();
}

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Placed x{backend, {rows, width}, test::random_numbers(rows * width, 1)}, dx{backend, {rows, width}};
  Placed w1{backend, {width}, test::random_numbers(width, 2)}, dw1{backend, Shape{width}};
  Placed w2{backend, {width}, test::random_numbers(width, 3)}, dw2{backend, Shape{width}};
  Placed dy{backend, {rows, width}, test::random_numbers(rows * width, 4)};
  Workspace workspace{backend};
  RmsNormParameters first{{w1, dw1}, 1e-3f, 1.0f}, second{{w2, dw2}, 1e-3f, 0.0f};

  Bench() { workspace.reserve(1 << 20); }

  std::vector<float> forward(Tape* tape) {
    Pass pass{*backend, workspace.arena(), tape};
    Tensor y;
    const size_t mark = workspace.arena().left();
    two_norms(pass, {x, tape ? Tensor(dx) : Tensor{}}, first, second, dy, &y);
    std::vector<float> out(rows * width);
    backend->read(out.data(), y.data, y.bytes());
    if (!tape) workspace.arena().pop_left(mark);
    return out;
  }
};

TEST("tape: gradients through two norms equal finite differences") {
  Bench bench;
  Tape tape;
  bench.forward(&tape);
  CHECK_EQ(tape.size(), size_t{2});
  tape.backward(bench.workspace.arena());
  CHECK_EQ(tape.size(), size_t{0});
  const auto dx = bench.dx.read(), dw1 = bench.dw1.read();
  const auto dy = bench.dy.read();
  const auto slope = [&](const Placed& where, size_t i) {
    const Tensor t = where;
    float* entry = t.as<float>() + i;
    const float middle = *entry;
    const auto loss = [&](float value) {
      *entry = value;
      const auto y = bench.forward(nullptr);
      double sum = 0;
      for (size_t k = 0; k < y.size(); ++k) sum += double(y[k]) * dy[k];
      return sum;
    };
    const float up = middle + 0x1p-7f, down = middle - 0x1p-7f;
    const double difference = loss(up) - loss(down);
    *entry = middle;
    return difference / (double(up) - down);
  };
  // f32 forward: each loss errs by about 1e-5, over a step of 1/64: 1e-3.
  for (size_t i : {0, 71, 72, 200, 359}) CHECK_NEAR(dx[i], slope(bench.x, i), 2e-3 * std::max(1.0f, std::abs(dx[i])));
  for (size_t i : {0, 35, 71}) CHECK_NEAR(dw1[i], slope(bench.w1, i), 2e-3 * std::max(1.0f, std::abs(dw1[i])));
}

TEST("tape: with and without it the values are the same bits, and without it nothing is kept") {
  Bench bench;
  Tape tape;
  const auto inferred = bench.forward(nullptr);
  CHECK_EQ(bench.workspace.arena().left(), size_t{0});
  CHECK(bench.forward(&tape) == inferred);
}

TEST("tape: an op whose inputs do not train leaves no node; a frozen gain gets no gradient") {
  Bench bench;
  bench.first.gain.grad = {};
  Tape tape;
  Pass pass{*bench.backend, bench.workspace.arena(), &tape};
  rms_norm(pass, {bench.x, {}}, {{bench.w1, {}}}, {}, {bench.dy, bench.dy});
  CHECK_EQ(tape.size(), size_t{0});
  rms_norm(pass, {bench.x, bench.dx}, {{bench.w1, {}}}, {}, {bench.dy, bench.dy});
  CHECK_EQ(tape.size(), size_t{1});
  tape.backward(bench.workspace.arena());
  CHECK(bench.dw1.read() == std::vector<float>(width, 0.0f));
}

TEST("counting backend: a step's estimated workspace equals the peak it then has") {
  Bench real;
  Tape tape;
  real.forward(&tape);
  tape.backward(real.workspace.arena());

  const auto counting = std::make_shared<CountingBackend>(*real.backend);
  Workspace imagined(counting);
  imagined.reserve(size_t{1} << 40);
  Tape second;
  Pass pass{*counting, imagined.arena(), &second};
  two_norms(pass, {real.x, real.dx}, real.first, real.second, real.dy);
  second.backward(imagined.arena());
  CHECK_EQ(imagined.arena().peak(), real.workspace.arena().peak());
  CHECK_EQ(counting->ops(), uint64_t{4});
  CHECK_EQ(counting->peak_bytes(), size_t{1} << 40);
}

TEST("workspace: grows between steps, never inside one") {
  const auto cpu = CpuBackend::open();
  const auto counting = std::make_shared<CountingBackend>(*cpu);
  Workspace workspace(counting);
  workspace.reserve(100);
  CHECK_EQ(workspace.arena().capacity(), size_t{128});
  workspace.arena().push_left(1);
  CHECK_THROWS(ErrorCode::internal, "inside a micro-batch", workspace.reserve(1000));
  workspace.arena().pop_left(0);
  workspace.reserve(1000);
  CHECK_EQ(counting->bytes(), size_t{1024});
  CHECK_EQ(counting->peak_bytes(), size_t{1024});
}

}  // namespace
