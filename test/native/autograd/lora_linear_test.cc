#include "autograd/lora_linear.h"

#include <algorithm>
#include <cmath>

#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

constexpr int64_t rows = 5, inputs = 11, outputs = 4, rank = 3;
constexpr float scale = 1.7f;
const Shape of_x{rows, inputs}, of_a{rank, inputs}, of_b{outputs, rank}, of_y{rows, outputs};

// Two rows, of two and three tokens.
struct Bench {
  std::shared_ptr<Backend> backend;
  Floats x = test::random_numbers(rows * inputs, 1), a = test::random_numbers(rank * inputs, 2);
  Floats b = test::random_numbers(outputs * rank, 3), y = test::random_numbers(rows * outputs, 4);
  Floats dy = test::random_numbers(rows * outputs, 5);
  Placed px{backend, of_x, x}, pa{backend, of_a, a}, pb{backend, of_b, b}, py{backend, of_y, y}, pdy{backend, of_y, dy};
  Placed dx{backend, of_x, Floats(x.size(), 5)}, da{backend, of_a, Floats(a.size(), 5)}, db{backend, of_b, Floats(b.size(), 5)};
  Placed offsets{backend, Shape{3}, DType::i32}, keys{backend, Shape{2, 3}, DType::i32};
  DropoutMask mask{{offsets, keys, 7}, 3, 0.4f};
  Workspace workspace{backend};
  Tape tape;
  Pass training, inference;

  explicit Bench(const simd::Loops& loops = chosen_isa())
      : backend(test::cpu_with(loops, 2)),
        training{*backend, (workspace.reserve(1 << 16), workspace.arena()), &tape},
        inference{*backend, workspace.arena()} {
    const int32_t ends[] = {0, 2, 5}, names[] = {17, 0, 0, 4, 1, 0};
    backend->write(Tensor(offsets).data, ends, sizeof ends);
    backend->write(Tensor(keys).data, names, sizeof names);
  }

  Variable trained_x() const { return {px, dx}; }
  Variable out() const { return {py, pdy}; }
  LoraParameters trained() const { return {{pa, da}, {pb, db}, scale}; }
  LoraParameters frozen() const { return {{pa, {}}, {pb, {}}, scale}; }
  Arena& arena() { return workspace.arena(); }

  // What x is multiplied by.
  Floats factors(bool dropping) const {
    const Placed ones(backend, of_x, Floats(x.size(), 1));
    if (dropping) backend->run(dropout_by(mask, ones, ones, Write::assign));
    return ones.read();
  }

  // y + scale · (x times the factors) · aᵀ · bᵀ, in f64.
  std::vector<double> values(const Floats& kept) const {
    std::vector<double> out(y.begin(), y.end());
    for (int64_t t = 0; t < rows; ++t)
      for (int64_t r = 0; r < rank; ++r) {
        double u = 0;
        for (int64_t k = 0; k < inputs; ++k) u += double(x[t * inputs + k]) * kept[t * inputs + k] * a[r * inputs + k];
        for (int64_t n = 0; n < outputs; ++n) out[t * outputs + n] += double(scale) * u * b[n * rank + r];
      }
    return out;
  }
};

// f32 sums of at most 20 terms of size 10.
constexpr double tolerance = 1e-4;

// The loss is linear in every single entry, so one difference of any size is its gradient, beside the 5 that lay there.
void check_gradient(Floats& values, const Floats& gradient, const std::function<double()>& of) {
  for (size_t i = 0; i < values.size(); ++i) {
    const float middle = values[i];
    values[i] = middle + 1;
    const double above = of();
    values[i] = middle - 1;
    const double below = of();
    values[i] = middle;
    CHECK_NEAR(gradient[i], 5 + (above - below) / 2, tolerance);
  }
}

TEST("lora_linear on the tape: value and gradients, with and without dropout") {
  for (const auto* loops : test::all_loops())
    for (bool dropping : {false, true}) {
      Bench bench(*loops);
      const Floats kept = bench.factors(dropping);
      CHECK_EQ(std::count(kept.begin(), kept.end(), 0.0f) > 0, dropping);
      lora_linear(bench.training, bench.trained_x(), bench.trained(), dropping ? &bench.mask : nullptr, bench.out());
      CHECK_EQ(bench.tape.size(), size_t{1});
      const auto want = bench.values(kept);
      const Floats got = bench.py.read();
      for (size_t i = 0; i < want.size(); ++i) CHECK_NEAR(got[i], want[i], tolerance);
      bench.tape.backward(bench.arena());

      const auto loss = [&] {
        const auto out = bench.values(kept);
        double sum = 0;
        for (size_t i = 0; i < out.size(); ++i) sum += out[i] * bench.dy[i];
        return sum;
      };
      check_gradient(bench.x, bench.dx.read(), loss);
      check_gradient(bench.a, bench.da.read(), loss);
      check_gradient(bench.b, bench.db.read(), loss);
      CHECK(bench.px.read() == bench.x);
    }
}

TEST("lora_linear on the tape: what trains gets the same gradient whatever else does") {
  for (bool dropping : {false, true}) {
    Bench all, untouched;
    const DropoutMask* mask = dropping ? &all.mask : nullptr;
    lora_linear(all.training, all.trained_x(), all.trained(), mask, all.out());
    all.tape.backward(all.arena());
    for (int which = 0; which < 3; ++which) {
      Bench one;
      const DropoutMask* own = dropping ? &one.mask : nullptr;
      LoraParameters lora = one.frozen();
      Variable x{one.px, {}};
      if (which == 0) x.grad = one.dx;
      if (which == 1) lora.a.grad = one.da;
      if (which == 2) lora.b.grad = one.db;
      lora_linear(one.training, x, lora, own, one.out());
      CHECK_EQ(one.tape.size(), size_t{1});
      one.tape.backward(one.arena());
      CHECK(one.dx.read() == (which == 0 ? all : untouched).dx.read());
      CHECK(one.da.read() == (which == 1 ? all : untouched).da.read());
      CHECK(one.db.read() == (which == 2 ? all : untouched).db.read());
    }
  }
}

TEST("lora_linear on the tape: frozen factors leave no node where nothing upstream trains") {
  Bench bench;
  lora_linear(bench.training, {bench.px, {}}, bench.frozen(), &bench.mask, {bench.py, {}});
  CHECK_EQ(bench.tape.size(), size_t{0});
  CHECK_EQ(bench.arena().left(), size_t{0});
  CHECK_EQ(bench.arena().right(), size_t{0});
}

TEST("lora_linear on the tape: u is saved for backward, and is a temporary of inference") {
  const size_t u = Arena::alignment * ((rows * rank * 4 + Arena::alignment - 1) / Arena::alignment);
  const size_t x = Arena::alignment * ((rows * inputs * 4 + Arena::alignment - 1) / Arena::alignment);
  Bench bench;
  lora_linear(bench.inference, {bench.px, {}}, bench.frozen(), nullptr, {bench.py, {}});
  CHECK_EQ(bench.arena().peak(), u);
  CHECK_EQ(bench.arena().left(), size_t{0});
  CHECK_EQ(bench.arena().right(), size_t{0});
  lora_linear(bench.training, bench.trained_x(), bench.trained(), &bench.mask, bench.out());
  CHECK_EQ(bench.arena().peak(), u + x);
  CHECK_EQ(bench.arena().left(), u);
  CHECK_EQ(bench.arena().right(), size_t{0});
  bench.tape.backward(bench.arena());
  CHECK_EQ(bench.arena().left(), size_t{0});
  CHECK_EQ(bench.arena().right(), size_t{0});
}

}  // namespace
