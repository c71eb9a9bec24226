#include "kernels/grad_norm.h"

#include <cfloat>
#include <cmath>

#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

float run(const std::shared_ptr<Backend>& backend, const Shape& shape, const Floats& g) {
  const Placed from(backend, shape, g), norm(backend, Shape{1}, {77});
  backend->run(GradNorm{from, norm});
  return norm.read()[0];
}
float run(const std::shared_ptr<Backend>& backend, const Floats& g) { return run(backend, Shape{int64_t(g.size())}, g); }

TEST("grad_norm: value equals the formula, every ISA and shape") {
  for (const auto* loops : test::all_loops())
    for (const Shape& shape : {Shape{1}, Shape{7}, Shape{16}, Shape{17}, Shape{65, 31}, Shape{2, 3, 5, 7}, Shape{98307}}) {
      const auto g = test::random_numbers(shape.numel(), 1);
      long double sum = 0;
      for (float value : g) sum += static_cast<long double>(value) * value;
      const double want = static_cast<double>(std::sqrt(sum));
      // One rounding to f32; a hundred thousand of f64 are less than the slack.
      CHECK_NEAR(run(test::cpu_with(*loops, 2), shape, g), want, 0x1.01p-24 * want);
    }
}

TEST("grad_norm: every element counts once") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  // Whole numbers whose squares' sum is exact, and one more at each place in turn.
  for (size_t count : {size_t{1}, size_t{15}, size_t{16}, size_t{33}, size_t{32768}, size_t{32769}, size_t{65551}})
    for (size_t at : {size_t{0}, count / 2, count - 1}) {
      Floats g(count);
      g[at] = -3;
      CHECK_EQ(run(backend, g), 3.0f);
    }
}

TEST("grad_norm: nothing, and zeros, give 0") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    CHECK_EQ(run(backend, Shape{0}, {}), 0.0f);
    CHECK_EQ(run(backend, {3, 0}, {}), 0.0f);
    CHECK_EQ(run(backend, Floats(100)), 0.0f);
  }
}

TEST("grad_norm: squares neither overflow nor vanish; beyond f32 the norm is infinite") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 1);
    CHECK_EQ(run(backend, Floats{3e30f, 4e30f}), 5e30f);
    CHECK_EQ(run(backend, Floats{FLT_MAX}), FLT_MAX);
    CHECK_EQ(run(backend, Floats(4, FLT_TRUE_MIN)), 2 * FLT_TRUE_MIN);
    CHECK_EQ(run(backend, Floats(2, FLT_MAX)), INFINITY);
  }
}

TEST("grad_norm: NaN and infinity reach the norm from any place") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    for (size_t at : {size_t{0}, size_t{19}, size_t{40000}, size_t{65550}}) {
      Floats g(65551, 1);
      g[at] = -INFINITY;
      CHECK_EQ(run(backend, g), INFINITY);
      g[at] = NAN;
      CHECK(std::isnan(run(backend, g)));
      g[(at + 40001) % g.size()] = INFINITY;
      CHECK(std::isnan(run(backend, g)));
    }
  }
}

// A norm of 1 + 2^-24, half way between two numbers of f32: it goes to the even
// one, 1, unless anything more is in the sum. Squares of 2^-54 alone are lost in
// it, and many of them together are not, so the norm tells which were added first.
constexpr float down = 1, up = 1 + 0x1p-23f;
void put_halfway(Floats& g, size_t at, size_t step) {
  g[at] = 1;
  g[at + step] = g[at + 2 * step] = 0x1p-12f;
  g[at + 3 * step] = 0x1p-24f;
}

TEST("grad_norm: sums are taken in one order, on any number of threads and on every ISA") {
  constexpr size_t piece = 32768, pieces = 60, small = 40;
  for (const auto* loops : test::all_loops())
    for (int threads : {1, 2, 3}) {
      const auto backend = test::cpu_with(*loops, threads);
      for (bool first : {true, false}) {
        // Pieces are added by their index.
        Floats g(piece * pieces);
        put_halfway(g, first ? 0 : piece * (pieces - 1), 16);
        for (size_t i = 0; i < small; ++i) g[piece * (i + 5) + i] = 0x1p-27f;
        CHECK_EQ(run(backend, g), first ? down : up);
      }
      // Within a piece, every sixteenth element is in one chain.
      for (size_t chain : {size_t{0}, size_t{1}, size_t{4}, size_t{8}}) {
        Floats g(2000);
        put_halfway(g, 0, 16);
        for (size_t i = 0; i < small; ++i) g[16 * (i + 4) + chain] = 0x1p-27f;
        CHECK_EQ(run(backend, g), chain == 0 ? down : up);
      }
    }
}

TEST("grad_norm: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed g(backend, {2, 3}), norm(backend, Shape{1}), half(backend, {2, 3}, DType::bf16), two(backend, Shape{2});
  const Tensor inside{Tensor(g).as<float>() + 2, Shape{1}, DType::f32};
  const auto take = [&](Tensor from, Tensor to) { backend->run(GradNorm{from, to}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "grad_norm: g is not given", take({}, norm));
  CHECK_THROWS(ErrorCode::invalid_dtype, "g is bf16 but must be f32", take(half, norm));
  CHECK_THROWS(ErrorCode::invalid_shape, "norm is [2] but must be [1]", take(g, two));
  CHECK_THROWS(ErrorCode::invalid_shape, "norm is [] but must be [1]", take(g, {}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "norm is i32 but must be f32", take(g, Placed(backend, Shape{1}, DType::i32)));
  CHECK_THROWS(ErrorCode::invalid_argument, "norm lies over one of its inputs", take(g, inside));
}

TEST("grad_norm: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed g(backend, {2, 3}), norm(backend, Shape{1});
  CHECK_EQ(bytes_moved(GradNorm{g, norm}), size_t{24 + 4});
}

}  // namespace
