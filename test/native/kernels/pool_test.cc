#include "kernels/pool.h"

#include <cmath>

#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;
using Offsets = std::vector<int32_t>;

constexpr Pooling poolings[] = {Pooling::first, Pooling::mean, Pooling::max};

struct Problem {
  Offsets offsets;
  int64_t width;
  Pooling pooling;
  float scale = 1;
  Floats x, dy;

  Problem(const Offsets& ends, int64_t d, Pooling p) : offsets(ends), width(d), pooling(p) {
    x = test::random_numbers(tokens().numel(), 1);
    dy = test::random_numbers(rows().numel(), 2);
  }
  Shape tokens() const { return {offsets.back(), width}; }
  Shape rows() const { return {static_cast<int64_t>(offsets.size()) - 1, width}; }
};

Placed place(const std::shared_ptr<Backend>& backend, const Offsets& offsets) {
  Placed out(backend, {static_cast<int64_t>(offsets.size())}, DType::i32);
  backend->write(Tensor(out).data, offsets.data(), 4 * offsets.size());
  return out;
}

struct Outcome {
  Floats y, dx;
  bool operator==(const Outcome& o) const { return y == o.y && dx == o.dx; }
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0) {
  const Placed x(backend, p.tokens(), p.x), offsets = place(backend, p.offsets), dy(backend, p.rows(), p.dy);
  const Placed y(backend, p.rows(), Floats(p.dy.size(), start)), dx(backend, p.tokens(), Floats(p.x.size(), start));
  backend->run(Pool{x, offsets, y, p.pooling, p.scale, write});
  backend->run(PoolBackward{x, offsets, dy, dx, p.pooling, p.scale});
  return {y.read(), dx.read()};
}

// The formula in f64 for each feature of each row, from those of its tokens.
std::vector<double> reference(const Problem& p, const std::vector<double>& x) {
  std::vector<double> y(p.dy.size(), 0.0);
  for (size_t b = 0; b + 1 < p.offsets.size(); ++b)
    for (size_t d = 0; d < static_cast<size_t>(p.width); ++d) {
      double& out = y[b * p.width + d];
      for (int32_t t = p.offsets[b]; t < p.offsets[b + 1]; ++t) {
        const double token = x[t * p.width + d];
        if (t == p.offsets[b])
          out = token;
        else if (p.pooling == Pooling::mean)
          out += token;
        else if (p.pooling == Pooling::max)
          out = std::max(out, token);
      }
      if (p.pooling == Pooling::mean && p.offsets[b] < p.offsets[b + 1]) out /= p.offsets[b + 1] - p.offsets[b];
      out *= p.scale;
    }
  return y;
}
std::vector<double> widened(const Floats& numbers) { return {numbers.begin(), numbers.end()}; }

// Rows of one token, none, 64, 2 and 190.
const Offsets rows_of_all_kinds = {0, 1, 1, 65, 67, 257, 257};
const int64_t widths[] = {1, 7, 72, 131, 513};

// n terms under 4 in turn: n roundings of a sum under 4n, over n, and two of the factor.
double tolerance(double scale) { return std::abs(scale) * 190 * 4 * 0x1p-24; }

TEST("pool: value equals the formula in f64, every ISA, pooling and width, rows of no tokens among them") {
  for (const auto* loops : test::all_loops())
    for (Pooling pooling : poolings)
      for (int64_t width : widths)
        for (float scale : {1.0f, -0.3f}) {
          Problem p(rows_of_all_kinds, width, pooling);
          p.scale = scale;
          const auto got = run(test::cpu_with(*loops, 2), p).y;
          const auto want = reference(p, widened(p.x));
          // The first's and the largest's only rounding is of the product, which f64 has whole.
          for (size_t i = 0; i < want.size(); ++i)
            CHECK_NEAR(got[i], pooling == Pooling::mean ? want[i] : static_cast<float>(want[i]), pooling == Pooling::mean ? tolerance(scale) : 0);
          for (int64_t d = 0; d < width; ++d) CHECK_EQ(got[width + d], 0.0f);
        }
}

TEST("pool: gradients equal finite differences of the formula, and are added to what is there") {
  for (const auto* loops : test::all_loops())
    for (Pooling pooling : poolings) {
      Problem p({0, 1, 1, 6, 9}, 19, pooling);
      p.scale = 1.5f;
      const auto got = run(test::cpu_with(*loops, 2), p, Write::assign, 5).dx;
      auto x = widened(p.x);
      // Linear where no two tokens change places, which 1e-7 cannot bring about here: exact but for f64's 1e-15 / h.
      const auto loss = [&] {
        const auto y = reference(p, x);
        double sum = 0;
        for (size_t i = 0; i < y.size(); ++i) sum += y[i] * p.dy[i];
        return sum;
      };
      for (size_t i = 0; i < x.size(); ++i) {
        const double middle = x[i];
        x[i] = middle + 1e-7;
        const double above = loss();
        x[i] = middle - 1e-7;
        const double below = loss();
        x[i] = middle;
        CHECK_NEAR(got[i], 5 + (above - below) / 2e-7, 4e-7 + 1e-6);
      }
    }
}

TEST("pool: of equal tokens the first one gets max's gradient, wherever they lie") {
  for (const auto* loops : test::all_loops()) {
    Problem p({0, 4}, 21, Pooling::max);
    for (size_t i = 0; i < p.x.size(); ++i) p.x[i] = i / 21 == 0 ? -1.0f : i / 21 == 2 ? 2.0f : i % 21 == 3 ? 2.0f : 1.0f;
    const auto dx = run(test::cpu_with(*loops, 1), p).dx;
    for (size_t i = 0; i < dx.size(); ++i) CHECK_EQ(dx[i], (i / 21 == (i % 21 == 3 ? 1u : 2u) ? p.dy[i % 21] : 0.0f));
  }
}

TEST("pool: what is not finite: a NaN anywhere in a row is its feature's mean and max, an infinity may be the largest") {
  for (const auto* loops : test::all_loops())
    for (int32_t place : {0, 1, 2, 3})
      for (int32_t feature : {0, 20}) {
        Problem p({0, 4, 5}, 21, Pooling::max);
        p.x[static_cast<size_t>(place * 21 + feature)] = NAN;
        const auto spoiled = run(test::cpu_with(*loops, 1), p);
        for (int32_t i = 0; i < 42; ++i) CHECK_EQ(std::isnan(spoiled.y[static_cast<size_t>(i)]), i == feature);
        CHECK_EQ(spoiled.dx[static_cast<size_t>(feature)], p.dy[static_cast<size_t>(feature)]);
        for (int32_t t = 1; t < 4; ++t) CHECK_EQ(spoiled.dx[static_cast<size_t>(t * 21 + feature)], 0.0f);
        for (float far : {INFINITY, -INFINITY}) {
          p.x[static_cast<size_t>(place * 21 + feature)] = far;
          const auto y = run(test::cpu_with(*loops, 1), p).y;
          const auto want = reference(p, widened(p.x));
          for (size_t i = 0; i < y.size(); ++i) CHECK_EQ(y[i], static_cast<float>(want[i]));
        }
        // Nor does an infinity after it, or before it, hide a NaN.
        p.x[static_cast<size_t>(place * 21 + feature)] = NAN;
        p.x[static_cast<size_t>((place + 1) % 4 * 21 + feature)] = INFINITY;
        CHECK(std::isnan(run(test::cpu_with(*loops, 1), p).y[static_cast<size_t>(feature)]));
        p.pooling = Pooling::mean;
        CHECK(std::isnan(run(test::cpu_with(*loops, 1), p).y[static_cast<size_t>(feature)]));
      }
}

TEST("pool: y is written or added to as asked") {
  for (const auto* loops : test::all_loops())
    for (Pooling pooling : poolings) {
      const Problem p(rows_of_all_kinds, 73, pooling);
      const auto backend = test::cpu_with(*loops, 2);
      const auto plain = run(backend, p).y, set = run(backend, p, Write::assign, 5).y, added = run(backend, p, Write::accumulate, 5).y;
      CHECK(set == plain);
      for (size_t i = 0; i < plain.size(); ++i) CHECK_EQ(added[i], 5 + plain[i]);
    }
}

TEST("pool: no rows, no tokens, no features") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  for (Pooling pooling : poolings) {
    run(backend, Problem({0}, 5, pooling));
    run(backend, Problem({0, 2}, 0, pooling));
    CHECK(run(backend, Problem({0, 0, 0}, 5, pooling), Write::assign, 3).y == Floats(10, 0));
  }
}

TEST("pool: threads 1 = 2 = 3, and a row alone as among others, to the last bit, on every ISA") {
  Offsets many = {0};
  for (int32_t b = 0; b < 150; ++b) many.push_back(many.back() + b * 7 % 31);
  for (const auto* loops : test::all_loops())
    for (Pooling pooling : poolings) {
      const Problem p(many, 131, pooling);
      const auto one = run(test::cpu_with(*loops, 1), p);
      CHECK(run(test::cpu_with(*loops, 2), p) == one);
      CHECK(run(test::cpu_with(*loops, 3), p) == one);
      const auto backend = test::cpu_with(*loops, 1);
      for (size_t b = 0; b < 150; ++b) {
        const auto cut = [](const Floats& from, int64_t begin, int64_t end) {
          return Floats(from.begin() + begin * 131, from.begin() + end * 131);
        };
        const auto row = static_cast<int64_t>(b);
        Problem alone({0, many[b + 1] - many[b]}, 131, pooling);
        alone.x = cut(p.x, many[b], many[b + 1]);
        alone.dy = cut(p.dy, row, row + 1);
        CHECK(run(backend, alone) == (Outcome{cut(one.y, row, row + 1), cut(one.dx, many[b], many[b + 1])}));
      }
    }
}

TEST("pool: lane code on arrays equals the ISA of that width to the last bit") {
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &test::emulated8 : std::string(isa->isa) == "avx512" ? &test::emulated16 : isa;
    for (Pooling pooling : poolings)
      for (int64_t width : widths) {
        const Problem p(rows_of_all_kinds, width, pooling);
        CHECK(run(test::cpu_with(*isa, 1), p) == run(test::cpu_with(*twin, 1), p));
      }
  }
}

TEST("pool: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {4, 8}), y(backend, {2, 8}), offsets(backend, Shape{3}, DType::i32);
  CHECK_EQ(bytes_moved(Pool{x, offsets, y}), size_t{128 + 12 + 64});
  CHECK_EQ(bytes_moved(PoolBackward{x, offsets, y, x}), size_t{128 + 12 + 64 + 256});
}

}  // namespace
