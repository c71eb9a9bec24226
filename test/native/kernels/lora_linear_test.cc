#include "kernels/lora_linear.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

struct Problem {
  int64_t rows, inputs, outputs, rank;
  Floats x, a, b, dy;
  float scale = 1.7f;  // of a product that must be rounded before it is scaled

  Problem(int64_t t, int64_t k, int64_t n, int64_t r) : rows(t), inputs(k), outputs(n), rank(r) {
    x = test::random_numbers(size_t(t * k), 1);
    a = test::random_numbers(size_t(r * k), 2);
    b = test::random_numbers(size_t(n * r), 3);
    dy = test::random_numbers(size_t(t * n), 4);
  }
};

struct Outcome {
  Floats u, y, du, da, db, dx;
  bool operator==(const Outcome& o) const {
    return u == o.u && y == o.y && du == o.du && da == o.da && db == o.db && dx == o.dx;
  }
};

// What is added to starts from here; what is assigned starts from NaN.
constexpr float start = 0.6f;

// Which gradients are asked for.
struct Wanted {
  bool da = true, db = true, dx = true;
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Wanted wanted = {}) {
  const auto matrix = [&](int64_t rows, int64_t cols, float value) {
    return Placed(backend, {rows, cols}, Floats(size_t(rows * cols), value));
  };
  const auto given = [](bool is, const Placed& tensor) { return is ? Tensor(tensor) : Tensor{}; };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Placed x(backend, {p.rows, p.inputs}, p.x), a(backend, {p.rank, p.inputs}, p.a), b(backend, {p.outputs, p.rank}, p.b);
  const Placed dy(backend, {p.rows, p.outputs}, p.dy), u = matrix(p.rows, p.rank, nan), du = matrix(p.rows, p.rank, nan);
  const Placed y = matrix(p.rows, p.outputs, start), dx = matrix(p.rows, p.inputs, start);
  const Placed da = matrix(p.rank, p.inputs, start), db = matrix(p.outputs, p.rank, start);
  backend->run(LoraLinear{x, a, b, u, y, p.scale});
  backend->run(LoraLinearBackward{x, a, b, u, dy, du, given(wanted.da, da), given(wanted.db, db), given(wanted.dx, dx), p.scale});
  return {u.read(), y.read(), du.read(), da.read(), db.read(), dx.read()};
}

// out[i,j] = first + sum_k of(i, j, k), one chain each.
template <class Step>
Floats chains(const int64_t (&sizes)[3], float first, const Step& step) {
  const auto [rows, cols, depth] = sizes;
  Floats out;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) {
      float acc = first;
      for (int64_t k = 0; k < depth; ++k) acc = step(i, j, k, acc);
      out.push_back(acc);
    }
  return out;
}

Floats scaled(Floats numbers, float scale) {
  for (float& number : numbers) number = scale * number;
  return numbers;
}

// The contract to the letter, with this multiply-add.
template <class Fma>
Outcome by_contract(const Problem& p, const Fma& fma) {
  const auto [T, K, N, R] = std::tuple(p.rows, p.inputs, p.outputs, p.rank);
  Outcome o;
  o.u = scaled(chains({T, R, K}, 0, [&, K = K](auto t, auto r, auto k, float c) { return fma(p.x[t * K + k], p.a[r * K + k], c); }), p.scale);
  o.y = chains({T, N, R}, start, [&, R = R](auto t, auto n, auto r, float c) { return fma(o.u[t * R + r], p.b[n * R + r], c); });
  o.du = scaled(chains({T, R, N}, 0, [&, N = N, R = R](auto t, auto r, auto n, float c) { return fma(p.dy[t * N + n], p.b[n * R + r], c); }),
                p.scale);
  o.da = chains({R, K, T}, start, [&, R = R, K = K](auto r, auto k, auto t, float c) { return fma(o.du[t * R + r], p.x[t * K + k], c); });
  o.db = chains({N, R, T}, start, [&, N = N, R = R](auto n, auto r, auto t, float c) { return fma(p.dy[t * N + n], o.u[t * R + r], c); });
  o.dx = chains({T, K, R}, start, [&, R = R, K = K](auto t, auto k, auto r, float c) { return fma(o.du[t * R + r], p.a[r * K + k], c); });
  return o;
}

Outcome by_contract_on(const simd::Loops& loops, const Problem& p) {
  if (std::string(loops.isa) == "portable") return by_contract(p, [](float a, float b, float c) { return a * b + c; });
  return by_contract(p, [](float a, float b, float c) { return std::fma(a, b, c); });
}

TEST("lora_linear: every output and gradient is the chain of its contract, to the last bit, on every ISA") {
  for (int64_t rank : {1, 3, 8, 16, 65})
    for (const auto& [rows, inputs, outputs] : {std::tuple(0, 33, 17), std::tuple(1, 1, 1), std::tuple(1, 301, 141),
                                                std::tuple(7, 77, 335), std::tuple(300, 45, 71)}) {
      const Problem p(rows, inputs, outputs, rank);
      for (const auto* loops : test::all_loops()) CHECK(run(test::cpu_with(*loops, 2), p) == by_contract_on(*loops, p));
    }
}

TEST("lora_linear: nothing to sum over, or nothing to make") {
  for (const auto& [inputs, outputs, rank] : {std::tuple(0, 9, 2), std::tuple(9, 0, 2), std::tuple(9, 5, 0)}) {
    const Problem p(3, inputs, outputs, rank);
    for (const auto* loops : test::all_loops()) CHECK(run(test::cpu_with(*loops, 2), p) == by_contract_on(*loops, p));
  }
}

TEST("lora_linear: an absent gradient changes no other") {
  const Problem p(37, 50, 43, 5);
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const Outcome all = run(backend, p);
  const auto untouched = [](const Floats& like) { return Floats(like.size(), start); };
  for (bool da : {false, true})
    for (bool db : {false, true})
      for (bool dx : {false, true}) {
        const Outcome some = run(backend, p, {da, db, dx});
        CHECK(some.da == (da ? all.da : untouched(all.da)));
        CHECK(some.db == (db ? all.db : untouched(all.db)));
        CHECK(some.dx == (dx ? all.dx : untouched(all.dx)));
        if (da || dx) CHECK(some.du == all.du);
      }
}

TEST("lora_linear: threads 1 = 2 = 3, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, inputs, outputs, rank] : {std::tuple(3, 700, 600, 65), std::tuple(201, 130, 301, 8)}) {
      const Problem p(rows, inputs, outputs, rank);
      const Outcome one = run(test::cpu_with(*loops, 1), p);
      for (int repeat = 0; repeat < 3; ++repeat)
        for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p) == one);
    }
}

// Row `at` of a matrix of `rows` rows.
Floats row_of(const Floats& matrix, int64_t rows, int64_t at) {
  const auto width = int64_t(matrix.size()) / rows;
  return {matrix.begin() + at * width, matrix.begin() + (at + 1) * width};
}

TEST("lora_linear: a row has the same bits alone, among others, and among rows of NaN") {
  for (int64_t rank : {3, 8, 65})
    for (const auto* loops : test::all_loops()) {
      const auto backend = test::cpu_with(*loops, 2);
      const Problem all(45, 65, 50, rank);
      const Outcome among = run(backend, all);
      for (int64_t at : {0, 1, 6, 31, 44}) {
        Problem alone(1, 65, 50, rank), lonely = all;
        alone.x = row_of(all.x, all.rows, at), alone.dy = row_of(all.dy, all.rows, at);
        std::fill(lonely.x.begin(), lonely.x.end(), NAN);
        std::fill(lonely.dy.begin(), lonely.dy.end(), NAN);
        std::copy(alone.x.begin(), alone.x.end(), lonely.x.begin() + at * all.inputs);
        std::copy(alone.dy.begin(), alone.dy.end(), lonely.dy.begin() + at * all.outputs);
        const Outcome single = run(backend, alone), between = run(backend, lonely);
        for (Floats Outcome::*rows : {&Outcome::u, &Outcome::y, &Outcome::du, &Outcome::dx}) {
          CHECK(single.*rows == row_of(among.*rows, all.rows, at));
          CHECK(single.*rows == row_of(between.*rows, all.rows, at));
        }
      }
    }
}

}  // namespace
