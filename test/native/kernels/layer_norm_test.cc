#include "kernels/layer_norm.h"

#include <cmath>

#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;
using Row = std::vector<double>;

struct Problem {
  int64_t rows, width;
  float eps;
  Floats x, weight, bias, dy;

  Problem(int64_t t, int64_t d, float e = 1e-12f) : rows(t), width(d), eps(e) {
    const size_t n = static_cast<size_t>(t * d);
    x = test::random_numbers(n, 1);
    weight = test::random_numbers(static_cast<size_t>(d), 2);
    bias = test::random_numbers(static_cast<size_t>(d), 3);
    dy = test::random_numbers(n, 4);
  }
  Shape matrix() const { return {rows, width}; }
};

struct Inputs {
  Row x, weight, bias;
  explicit Inputs(const Problem& p) : x(p.x.begin(), p.x.end()), weight(p.weight.begin(), p.weight.end()), bias(p.bias.begin(), p.bias.end()) {}
};

struct Statistics {
  double mean, rstd;
};

Statistics statistics(const Problem& p, const Row& x, int64_t t) {
  double sum = 0, squares = 0;
  for (int64_t d = 0; d < p.width; ++d) sum += x[t * p.width + d];
  const double mean = sum / p.width;
  for (int64_t d = 0; d < p.width; ++d) squares += (x[t * p.width + d] - mean) * (x[t * p.width + d] - mean);
  return {mean, 1 / std::sqrt(squares / p.width + p.eps)};
}

// The formula, row by row, in f64.
Row reference(const Problem& p, const Inputs& in) {
  Row y(in.x.size());
  for (int64_t t = 0; t < p.rows; ++t) {
    const auto [mean, rstd] = statistics(p, in.x, t);
    for (int64_t d = 0; d < p.width; ++d) y[t * p.width + d] = (in.x[t * p.width + d] - mean) * rstd * in.weight[d] + in.bias[d];
  }
  return y;
}

struct Outcome {
  Floats y, mean, rstd, dx, dweight, dbias;
  bool operator==(const Outcome& o) const {
    return y == o.y && mean == o.mean && rstd == o.rstd && dx == o.dx && dweight == o.dweight && dbias == o.dbias;
  }
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0) {
  const Floats row(p.weight.size(), start);
  const Placed x(backend, p.matrix(), p.x), weight(backend, {p.width}, p.weight), bias(backend, {p.width}, p.bias), dy(backend, p.matrix(), p.dy);
  const Placed y(backend, p.matrix(), Floats(p.x.size(), start)), mean(backend, Shape{p.rows}), rstd(backend, Shape{p.rows});
  const Placed dx(backend, p.matrix(), Floats(p.x.size(), start)), dweight(backend, {p.width}, row), dbias(backend, {p.width}, row);
  backend->run(LayerNorm{x, weight, bias, y, mean, rstd, p.eps});
  backend->run(LayerNormBackward{x, weight, mean, rstd, dy, dx, dweight, dbias, write});
  return {y.read(), mean.read(), rstd.read(), dx.read(), dweight.read(), dbias.read()};
}

// Sums of D terms err by sqrt(D) roundings in practice: 16 ulps hold for D up to 4096. The mean
// is rounded, too, which x - mean hands on: half an ulp of it, and of its sum.
double tolerance(const Statistics& row, double normed, double weight, double bias) {
  return 16 * 0x1p-24 * (std::abs(weight) * (1 + std::abs(normed) + std::abs(row.mean) * row.rstd) + std::abs(bias));
}

void check_value(const Problem& p, const Outcome& got) {
  const Inputs in(p);
  const Row want = reference(p, in);
  for (int64_t t = 0; t < p.rows; ++t) {
    const auto row = statistics(p, in.x, t);
    CHECK_NEAR(got.mean[t], row.mean, 16 * 0x1p-24 * (std::abs(row.mean) + 1 / row.rstd));
    CHECK_NEAR(got.rstd[t], row.rstd, 16 * 0x1p-24 * row.rstd);
    for (int64_t d = 0; d < p.width; ++d) {
      const size_t i = static_cast<size_t>(t * p.width + d);
      CHECK_NEAR(got.y[i], want[i], tolerance(row, (in.x[i] - row.mean) * row.rstd, in.weight[d], in.bias[d]));
    }
  }
}

const int64_t shapes[][2] = {{0, 8}, {1, 2}, {1, 7}, {7, 65}, {3, 72}, {65, 640}, {5, 513}, {33, 1031}};

TEST("layer_norm: value, mean and rstd equal the formula in f64, every ISA and shape") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, width] : shapes) {
      const Problem p(rows, width);
      check_value(p, run(test::cpu_with(*loops, 2), p));
    }
}

// A difference of sums would have no digit of the variance left: 1e4² + 1 is 1e8 in f32.
TEST("layer_norm: a row far from zero keeps its digits, and one of equal numbers is its bias") {
  for (const auto* loops : test::all_loops()) {
    Problem far(5, 73);
    for (float& x : far.x) x += 1e4f;
    check_value(far, run(test::cpu_with(*loops, 2), far));
    // A quarter: the sum and its mean are exact, and eps keeps 0 / 0 away.
    for (int64_t width : {1, 9, 65}) {
      Problem flat(2, width);
      flat.x.assign(flat.x.size(), 0.25f);
      const auto got = run(test::cpu_with(*loops, 1), flat);
      for (size_t i = 0; i < got.y.size(); ++i) CHECK_EQ(got.y[i], flat.bias[i % static_cast<size_t>(width)]);
      CHECK_NEAR(got.rstd[0], 1e6, 1);
    }
  }
}

double largest(const Row& values) {
  double most = 1;
  for (double v : values) most = std::max(most, std::abs(v));
  return most;
}

TEST("layer_norm: gradients equal finite differences of the formula") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, width] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {4, 72}, {2, 131}}) {
      const Problem p(rows, width, 1e-3f);
      const auto got = run(test::cpu_with(*loops, 2), p);
      Inputs in(p);
      // Central differences in f64, h = 1e-5: off by h² times a third derivative
      // that eps bounds (rstd³ is under 3.2e4), and by 1e-14 / h.
      const auto slopes = [&](Row& entries) {
        Row out;
        for (double& entry : entries) {
          const double middle = entry;
          double sides[2];
          for (int side : {0, 1}) {
            entry = middle + (side ? 1e-5 : -1e-5);
            const Row y = reference(p, in);
            sides[side] = 0;
            for (size_t i = 0; i < y.size(); ++i) sides[side] += y[i] * p.dy[i];
          }
          entry = middle;
          out.push_back((sides[1] - sides[0]) / 2e-5);
        }
        return out;
      };
      const auto agree = [](const Floats& got, const Row& want) {
        CHECK_EQ(got.size(), want.size());
        for (size_t i = 0; i < want.size(); ++i) CHECK_NEAR(got[i], want[i], 1e-5 * largest(want));
      };
      agree(got.dx, slopes(in.x));
      agree(got.dweight, slopes(in.weight));
      agree(got.dbias, slopes(in.bias));
    }
}

TEST("layer_norm: dx is written or added to as asked, the parameters' gradients always added to, row after row") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(9, 101);
    const auto backend = test::cpu_with(*loops, 2);
    const auto plain = run(backend, p), set = run(backend, p, Write::assign, 5), added = run(backend, p, Write::accumulate, 5);
    CHECK(set.y == plain.y);
    CHECK(set.dx == plain.dx);
    for (size_t i = 0; i < p.x.size(); ++i) CHECK_EQ(added.dx[i], 5 + plain.dx[i]);
    for (size_t d = 0; d < p.weight.size(); ++d) {
      float sum = 5;
      for (size_t t = 0; t < 9; ++t) sum += p.dy[t * 101 + d];
      CHECK_EQ(added.dbias[d], sum);
      CHECK_NEAR(added.dweight[d], 5 + plain.dweight[d], 0x1p-18);
    }
  }
}

TEST("layer_norm: y may be x and dx dy, and what is absent is left alone") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(65, 131);
    const auto backend = test::cpu_with(*loops, 3);
    const auto apart = run(backend, p);
    const Placed x(backend, p.matrix(), p.x), over(backend, p.matrix(), p.x), weight(backend, {p.width}, p.weight);
    const Placed bias(backend, {p.width}, p.bias), none(backend, Shape{p.width});
    const Placed mean(backend, {p.rows}, apart.mean), rstd(backend, {p.rows}, apart.rstd);
    backend->run(LayerNorm{over, weight, bias, over, {}, {}, p.eps});
    CHECK(over.read() == apart.y);
    const Placed without(backend, p.matrix()), with_zeros(backend, p.matrix());
    backend->run(LayerNorm{x, weight, {}, without, {}, {}, p.eps});
    backend->run(LayerNorm{x, weight, none, with_zeros, {}, {}, p.eps});
    CHECK(without.read() == with_zeros.read());
    const Placed dy(backend, p.matrix(), p.dy), dweight(backend, Shape{p.width}), dbias(backend, Shape{p.width});
    backend->run(LayerNormBackward{x, weight, mean, rstd, dy, {}, dweight, {}});
    backend->run(LayerNormBackward{x, weight, mean, rstd, dy, {}, {}, dbias});
    CHECK(dweight.read() == apart.dweight);
    CHECK(dbias.read() == apart.dbias);
    const Placed both_weight(backend, Shape{p.width}), both_bias(backend, Shape{p.width});
    backend->run(LayerNormBackward{x, weight, mean, rstd, dy, dy, both_weight, both_bias});
    CHECK(dy.read() == apart.dx);
    CHECK(both_weight.read() == apart.dweight);
    CHECK(both_bias.read() == apart.dbias);
  }
}

TEST("layer_norm: a NaN spoils its row and no other") {
  for (const auto* loops : test::all_loops()) {
    Problem p(3, 21);
    p.x[21 + 20] = NAN;
    const auto got = run(test::cpu_with(*loops, 1), p);
    for (size_t i = 0; i < p.x.size(); ++i) {
      CHECK_EQ(std::isnan(got.y[i]), i / 21 == 1);
      CHECK_EQ(std::isnan(got.dx[i]), i / 21 == 1);
    }
  }
}

TEST("layer_norm: threads 1 = 2 = 3, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(513, 384);
    const auto one = run(test::cpu_with(*loops, 1), p);
    CHECK(run(test::cpu_with(*loops, 2), p) == one);
    CHECK(run(test::cpu_with(*loops, 3), p) == one);
  }
}

TEST("layer_norm: a row alone equals the same row among others, to the last bit") {
  for (const auto* loops : test::all_loops()) {
    const Problem all(65, 131);
    const auto backend = test::cpu_with(*loops, 2);
    const auto batched = run(backend, all);
    for (int64_t row : {0, 13, 64}) {
      const auto cut = [&](const Floats& from) { return Floats(from.begin() + row * 131, from.begin() + (row + 1) * 131); };
      Problem alone(1, 131);
      alone.x = cut(all.x);
      alone.dy = cut(all.dy);
      const auto single = run(backend, alone);
      CHECK(single.y == cut(batched.y));
      CHECK(single.dx == cut(batched.dx));
    }
  }
}

TEST("layer_norm: lane code on arrays equals the ISA of that width to the last bit") {
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &test::emulated8 : std::string(isa->isa) == "avx512" ? &test::emulated16 : isa;
    for (const auto& [rows, width] : shapes) {
      const Problem p(rows, width);
      CHECK(run(test::cpu_with(*isa, 1), p) == run(test::cpu_with(*twin, 1), p));
    }
  }
}

TEST("layer_norm: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {4, 8}), weight(backend, Shape{8}), column(backend, Shape{4});
  CHECK_EQ(bytes_moved(LayerNorm{x, weight, {}, x, {}, {}, 1e-6f}), size_t{128 + 32 + 128});
  CHECK_EQ(bytes_moved(LayerNorm{x, weight, weight, x, column, column, 1e-6f}), size_t{128 + 32 + 32 + 128 + 16 + 16});
  CHECK_EQ(bytes_moved(LayerNormBackward{x, weight, column, column, x, x, weight, weight, Write::accumulate}),
           size_t{128 + 32 + 16 + 16 + 128 + 256 + 64 + 64});
}

}  // namespace
