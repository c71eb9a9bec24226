#include "kernels/soft_cap.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

struct Problem {
  int64_t rows, width;
  float cap;
  Floats x, dy;

  Problem(int64_t t, int64_t n, float c) : rows(t), width(n), cap(c) {
    x = test::random_numbers(static_cast<size_t>(t * n), 1);
    for (float& value : x) value *= c;  // to 3.4 caps, where tanh is flat
    dy = test::random_numbers(static_cast<size_t>(t * n), 2);
  }
  // One row of these logits, with dy 1.
  Problem(const Floats& logits, float c) : Problem(1, static_cast<int64_t>(logits.size()), c) {
    x = logits;
    dy.assign(x.size(), 1.0f);
  }
  Shape shape() const { return {rows, width}; }
};

struct Outcome {
  Floats y, dx;
  // Bits, since NaN is not itself.
  bool operator==(const Outcome& o) const { return same(y, o.y) && same(dx, o.dx); }
  static bool same(const Floats& a, const Floats& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
  }
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0) {
  const Placed x(backend, p.shape(), p.x), dy(backend, p.shape(), p.dy);
  const Placed y(backend, p.shape()), dx(backend, p.shape(), Floats(p.x.size(), start));
  backend->run(SoftCap{x, y, p.cap});
  backend->run(SoftCapBackward{y, dy, dx, p.cap, write});
  return {y.read(), dx.read()};
}

double capped(double x, double cap) { return cap * std::tanh(x / cap); }

// tanh's 3 ulp and a rounding each for the quotient and the product: relative,
// however small x is.
constexpr double tolerance = 8 * 0x1p-24;

const int64_t shapes[][2] = {{0, 8}, {3, 0}, {1, 1}, {1, 7}, {7, 65}, {65, 640}, {5, 513}, {33, 1031}};

TEST("soft_cap: value equals the formula in f64, every ISA, cap and shape") {
  for (const auto* loops : test::all_loops())
    for (float cap : {30.0f, 50.0f, 0.3f})
      for (const auto& [rows, width] : shapes) {
        const Problem p(rows, width, cap);
        const auto y = run(test::cpu_with(*loops, 2), p).y;
        for (size_t i = 0; i < y.size(); ++i) CHECK_NEAR(y[i], capped(p.x[i], cap), tolerance * std::abs(capped(p.x[i], cap)));
      }
}

TEST("soft_cap: a logit near zero keeps its digits") {
  Floats logits;
  for (float x = 0x1p-100f; x < 100; x *= 1.37f) {
    logits.push_back(x);
    logits.push_back(-x);
  }
  for (const auto* loops : test::all_loops()) {
    const auto y = run(test::cpu_with(*loops, 1), Problem(logits, 30)).y;
    for (size_t i = 0; i < y.size(); ++i) CHECK_NEAR(y[i], capped(logits[i], 30), tolerance * std::abs(capped(logits[i], 30)));
  }
}

TEST("soft_cap: gradient equals finite differences of the formula") {
  for (const auto* loops : test::all_loops())
    for (float cap : {30.0f, 0.3f})
      for (const auto& [rows, width] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {4, 72}, {2, 131}}) {
        const Problem p(rows, width, cap);
        const auto dx = run(test::cpu_with(*loops, 2), p).dx;
        for (size_t i = 0; i < dx.size(); ++i) {
          const double h = 1e-5 * cap;
          const double slope = (capped(p.x[i] + h, cap) - capped(p.x[i] - h, cap)) / (2 * h);
          // y/cap errs by 8 roundings of at most one, its square by twice that; 1e-9 for h.
          CHECK_NEAR(dx[i], p.dy[i] * slope, (3 * tolerance + 1e-9) * std::abs(p.dy[i]));
        }
      }
}

TEST("soft_cap: logits beyond any range do what the formula says") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 1);
    for (float far : {1e4f, FLT_MAX, INFINITY}) {
      const auto got = run(backend, Problem(Floats{far, -far}, 30));
      CHECK(got.y == (Floats{30, -30}));
      CHECK(got.dx == (Floats{0, 0}));
    }
    const auto none = run(backend, Problem(Floats{0.0f, -0.0f, FLT_TRUE_MIN, NAN}, 30));
    CHECK(none.y[0] == 0 && none.y[1] == 0 && none.y[2] <= FLT_TRUE_MIN && std::isnan(none.y[3]));
    CHECK(none.dx[0] == 1 && none.dx[1] == 1 && none.dx[2] == 1 && std::isnan(none.dx[3]));
  }
}

TEST("soft_cap: dx is written or added to as asked; y may be x, and dx may be y or dy") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(65, 131, 30);
    const auto backend = test::cpu_with(*loops, 3);
    const auto apart = run(backend, p), set = run(backend, p, Write::assign, 5), added = run(backend, p, Write::accumulate, 5);
    CHECK(set == apart);
    for (size_t i = 0; i < p.x.size(); ++i) CHECK_EQ(added.dx[i], 5 + apart.dx[i]);
    const Placed x(backend, p.shape(), p.x);
    backend->run(SoftCap{x, x, p.cap});
    CHECK(x.read() == apart.y);
    for (int over : {0, 1})
      for (Write write : {Write::assign, Write::accumulate}) {
        const Placed y(backend, p.shape(), apart.y), dy(backend, p.shape(), p.dy);
        const Placed& dx = over ? dy : y;
        backend->run(SoftCapBackward{y, dy, dx, p.cap, write});
        const Floats got = dx.read(), &before = over ? p.dy : apart.y;
        for (size_t i = 0; i < got.size(); ++i) CHECK_EQ(got[i], (write == Write::assign ? apart.dx[i] : before[i] + apart.dx[i]));
      }
  }
}

TEST("soft_cap: threads 1 = 2 = 3, and a row alone as among others, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(129, 641, 30);
    const auto one = run(test::cpu_with(*loops, 1), p);
    CHECK(run(test::cpu_with(*loops, 2), p) == one);
    CHECK(run(test::cpu_with(*loops, 3), p) == one);
    for (int64_t row : {0, 13, 128}) {
      const auto cut = [&](const Floats& from) { return Floats(from.begin() + row * 641, from.begin() + (row + 1) * 641); };
      Problem alone(1, 641, 30);
      alone.x = cut(p.x), alone.dy = cut(p.dy);
      CHECK(run(test::cpu_with(*loops, 1), alone) == (Outcome{cut(one.y), cut(one.dx)}));
    }
  }
}

TEST("soft_cap: lane code on arrays equals the ISA of that width to the last bit") {
  // Every 4093rd f32 of both signs: NaNs, infinities and subnormals too.
  Floats logits;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 4093) {
    const auto word = static_cast<uint32_t>(bits);
    float x;
    std::memcpy(&x, &word, sizeof x);
    logits.push_back(x);
  }
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &test::emulated8 : std::string(isa->isa) == "avx512" ? &test::emulated16 : isa;
    const Problem grid(logits, 30), random(33, 1031, 50);
    for (const Problem* p : {&grid, &random})
      CHECK(run(test::cpu_with(*isa, 1), *p, Write::accumulate, 3) == run(test::cpu_with(*twin, 1), *p, Write::accumulate, 3));
  }
}

TEST("soft_cap: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3}), y(backend, {2, 3}), dx(backend, {2, 3}), line(backend, Shape{6}), wide(backend, {2, 4});
  const Placed half(backend, {2, 3}, DType::bf16), three(backend, {3, 3});
  const Tensor whole = three, above{whole.data, {2, 3}, DType::f32}, below{whole.as<float>() + 3, {2, 3}, DType::f32};
  const auto forward = [&](Tensor from, Tensor to, float cap = 30) { backend->run(SoftCap{from, to, cap}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "soft_cap: x is [6] but must be [T, N]", forward(line, line));
  CHECK_THROWS(ErrorCode::invalid_dtype, "x is bf16 but must be f32", forward(half, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [2, 4] but must be [2, 3]", forward(x, wide));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16", forward(x, half));
  for (float cap : {0.0f, -30.0f, INFINITY, NAN})
    CHECK_THROWS(ErrorCode::invalid_argument, "but must be finite and above 0", forward(x, y, cap));
  CHECK_THROWS(ErrorCode::invalid_argument, "soft_cap: cap is 0", backend->run(SoftCap{x, y}));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", forward(above, below));
  const auto backward = [&](Tensor from, Tensor dy, Tensor to, float cap = 30, Write write = Write::assign) {
    backend->run(SoftCapBackward{from, dy, to, cap, write});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "soft_cap_backward: y is []", backward({}, x, dx));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16", backward(half, x, dx));
  CHECK_THROWS(ErrorCode::invalid_shape, "dy is [6]", backward(y, line, dx));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dy is bf16", backward(y, half, dx));
  CHECK_THROWS(ErrorCode::invalid_shape, "dx is []", backward(y, x, {}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dx is bf16", backward(y, x, half));
  CHECK_THROWS(ErrorCode::invalid_argument, "cap is -1", backward(y, x, dx, -1));
  CHECK_THROWS(ErrorCode::invalid_argument, "dxWrite must be 'assign' or 'accumulate'", backward(y, x, dx, 30, static_cast<Write>(2)));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over one of its inputs", backward(above, x, below));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over one of its inputs", backward(y, above, below));
}

TEST("soft_cap: bytes moved are what the contracts say") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed a(backend, {4, 8}), b(backend, {4, 8}), c(backend, {4, 8});
  CHECK_EQ(bytes_moved(SoftCap{a, b, 30}), size_t{2 * 128});
  CHECK_EQ(bytes_moved(SoftCapBackward{a, b, c, 30, Write::assign}), size_t{3 * 128});
  CHECK_EQ(bytes_moved(SoftCapBackward{a, b, c, 30, Write::accumulate}), size_t{4 * 128});
}

}  // namespace
