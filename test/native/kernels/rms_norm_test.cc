#include "kernels/rms_norm.h"

#include <cmath>
#include <cstring>

#include "backend/workspace.h"
#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;

using Row = std::vector<double>;

struct Problem {
  int64_t rows, width;
  DType dtype = DType::f32;
  float offset = 0;
  float eps = 1e-6f;

  std::vector<float> x, weight, dy;

  Problem(int64_t r, int64_t w, DType d = DType::f32, float o = 0, float e = 1e-6f) : rows(r), width(w), dtype(d), offset(o), eps(e) {
    const size_t n = static_cast<size_t>(r * w);
    x = rounded(test::random_numbers(n, 1));
    weight = test::random_numbers(static_cast<size_t>(w), 2);
    dy = rounded(test::random_numbers(n, 3));
  }
  std::vector<float> rounded(std::vector<float> values) const {
    if (dtype == DType::bf16)
      for (float& v : values) v = to_f32(to_bf16(v));
    return values;
  }
};

// The formula, row by row, in f64.
Row reference(const Problem& p, const std::vector<float>& x, const std::vector<float>& weight) {
  Row y(x.size());
  for (int64_t t = 0; t < p.rows; ++t) {
    double squares = 0;
    for (int64_t d = 0; d < p.width; ++d) squares += double(x[t * p.width + d]) * x[t * p.width + d];
    const double rstd = 1 / std::sqrt(squares / p.width + p.eps);
    for (int64_t d = 0; d < p.width; ++d) y[t * p.width + d] = x[t * p.width + d] * rstd * (double(weight[d]) + p.offset);
  }
  return y;
}

struct Outcome {
  std::vector<float> y, rstd, dx, dweight;
  bool operator==(const Outcome& o) const { return y == o.y && rstd == o.rstd && dx == o.dx && dweight == o.dweight; }
};

Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0) {
  const Shape matrix{p.rows, p.width};
  const Placed x(backend, matrix, p.x, p.dtype), weight(backend, {p.width}, p.weight), dy(backend, matrix, p.dy, p.dtype);
  const Placed y(backend, matrix, p.dtype), rstd(backend, Shape{p.rows});
  const Placed dx(backend, matrix, std::vector<float>(p.x.size(), start), p.dtype);
  const Placed dweight(backend, {p.width}, std::vector<float>(p.weight.size(), start));
  backend->run(RmsNorm{x, weight, y, rstd, p.eps, p.offset});
  backend->run(RmsNormBackward{x, weight, rstd, dy, dx, dweight, p.offset, write});
  return {y.read(), rstd.read(), dx.read(), dweight.read()};
}

double largest(const Row& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::abs(v));
  return most;
}

// f32: a sum of D squares errs by at most D/lanes roundings, in practice by
// sqrt of it; 16 ulps hold for D up to 4096. bf16: one rounding of the result.
double tolerance(const Problem& p) { return p.dtype == DType::bf16 ? 0x1p-8 : 16 * 0x1p-23; }

const int64_t shapes[][2] = {{0, 8}, {1, 1}, {1, 7}, {7, 65}, {3, 72}, {65, 640}, {5, 513}, {33, 1031}};

TEST("rms_norm: value equals the formula in f64, every ISA, dtype, offset and shape") {
  for (const auto* loops : test::all_loops())
    for (DType dtype : {DType::f32, DType::bf16})
      for (float offset : {0.0f, 1.0f})
        for (const auto& [rows, width] : shapes) {
          const Problem p(rows, width, dtype, offset);
          const auto got = run(test::cpu_with(*loops, 2), p).y;
          const Row want = reference(p, p.x, p.weight);
          for (size_t i = 0; i < want.size(); ++i)
            CHECK_NEAR(got[i], want[i], tolerance(p) * std::max(1e-3, std::abs(want[i])));
        }
}

TEST("rms_norm: a residual is added after the norm, and may be y") {
  for (const auto* loops : test::all_loops())
    for (DType dtype : {DType::f32, DType::bf16}) {
      const auto backend = test::cpu_with(*loops, 2);
      const Problem p(7, 65, dtype, 1);
      const Placed x(backend, {7, 65}, p.x, dtype), weight(backend, {65}, p.weight), residual(backend, {7, 65}, p.dy, dtype);
      const Placed y(backend, {7, 65}, dtype), both(backend, {7, 65}, p.dy, dtype);
      backend->run(RmsNorm{x, weight, y, {}, p.eps, 1, residual});
      backend->run(RmsNorm{x, weight, both, {}, p.eps, 1, both});
      CHECK(both.read() == y.read());
      const Row normed = reference(p, p.x, p.weight);
      const auto got = y.read();
      for (size_t i = 0; i < got.size(); ++i)
        CHECK_NEAR(got[i], normed[i] + p.dy[i], tolerance(p) * (std::abs(normed[i]) + std::abs(p.dy[i]) + 1e-3));
    }
}

TEST("rms_norm: gradients equal finite differences of the formula") {
  for (const auto* loops : test::all_loops())
    for (DType dtype : {DType::f32, DType::bf16})
      for (const auto& [rows, width] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {4, 72}, {2, 131}}) {
        const Problem p(rows, width, dtype, 1, 1e-3f);
        const auto got = run(test::cpu_with(*loops, 2), p);
        const auto loss = [&](const std::vector<float>& x, const std::vector<float>& weight) {
          const Row y = reference(p, x, weight);
          double sum = 0;
          for (size_t i = 0; i < y.size(); ++i) sum += y[i] * p.dy[i];
          return sum;
        };
        auto x = p.x, weight = p.weight;
        // Central differences in f64 between two f32 inputs: what is left is h^2 times
        // a third derivative that eps bounds, and the kernel's own f32 rounding.
        const auto differentiate = [&](float& entry) {
          const float middle = entry;
          const float up = middle + 0x1p-10f, down = middle - 0x1p-10f;
          entry = up;
          const double above = loss(x, weight);
          entry = down;
          const double below = loss(x, weight);
          entry = middle;
          return (above - below) / (double(up) - down);
        };
        Row dx, dweight;
        for (float& entry : x) dx.push_back(differentiate(entry));
        for (float& entry : weight) dweight.push_back(differentiate(entry));
        const double slack = (dtype == DType::bf16 ? 0x1p-7 : 0) + 2e-4;
        for (size_t i = 0; i < dx.size(); ++i) CHECK_NEAR(got.dx[i], dx[i], slack * std::max(1.0, largest(dx)));
        for (size_t i = 0; i < dweight.size(); ++i) CHECK_NEAR(got.dweight[i], dweight[i], 2e-4 * std::max(1.0, largest(dweight)));
      }
}

TEST("rms_norm: dx is written or added to as asked, dweight is always added to") {
  const Problem p(9, 100);
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const auto plain = run(backend, p), set = run(backend, p, Write::assign, 5), added = run(backend, p, Write::accumulate, 5);
  for (size_t i = 0; i < p.x.size(); ++i) {
    CHECK_EQ(set.dx[i], plain.dx[i]);
    CHECK_NEAR(added.dx[i], plain.dx[i] + 5, 0x1p-20);
  }
  for (size_t i = 0; i < p.weight.size(); ++i) CHECK_NEAR(added.dweight[i], plain.dweight[i] + 5, 0x1p-18);
}

TEST("rms_norm: y may be x, and dx may be dy") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(65, 640);
    const auto backend = test::cpu_with(*loops, 3);
    const auto apart = run(backend, p);
    const Placed x(backend, {p.rows, p.width}, p.x), weight(backend, {p.width}, p.weight), rstd(backend, Shape{p.rows});
    const Placed y(backend, {p.rows, p.width}, p.x), dy(backend, {p.rows, p.width}, p.dy), dweight(backend, Shape{p.width});
    backend->run(RmsNorm{y, weight, y, rstd, p.eps, 0});
    CHECK(y.read() == apart.y);
    backend->run(RmsNormBackward{x, weight, rstd, dy, dy, dweight, 0, Write::assign});
    CHECK(dy.read() == apart.dx);
    CHECK(dweight.read() == apart.dweight);
  }
}

TEST("rms_norm: threads 1 = 2 = 3, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(513, 640);
    const auto one = run(test::cpu_with(*loops, 1), p);
    CHECK(run(test::cpu_with(*loops, 2), p) == one);
    CHECK(run(test::cpu_with(*loops, 3), p) == one);
  }
}

TEST("rms_norm: a row alone equals the same row among others, to the last bit") {
  for (const auto* loops : test::all_loops()) {
    const Problem all(65, 131);
    const auto backend = test::cpu_with(*loops, 2);
    const auto batched = run(backend, all);
    for (int64_t row : {0, 13, 64}) {
      Problem alone(1, 131);
      const auto cut = [&](const std::vector<float>& from) { return std::vector<float>(from.begin() + row * 131, from.begin() + (row + 1) * 131); };
      alone.x = cut(all.x);
      alone.dy = cut(all.dy);
      const auto single = run(backend, alone);
      CHECK(single.y == cut(batched.y));
      CHECK(single.dx == cut(batched.dx));
    }
  }
}

TEST("rms_norm: lane code on arrays equals the ISA of that width to the last bit") {
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &test::emulated8 : std::string(isa->isa) == "avx512" ? &test::emulated16 : isa;
    for (DType dtype : {DType::f32, DType::bf16})
      for (const auto& [rows, width] : shapes) {
        const Problem p(rows, width, dtype, 1);
        CHECK(run(test::cpu_with(*isa, 1), p) == run(test::cpu_with(*twin, 1), p));
      }
  }
}

TEST("rms_norm: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3}), weight(backend, Shape{3}), y(backend, {2, 3}), rstd(backend, Shape{2});
  const Placed short_weight(backend, Shape{2}), half(backend, {2, 3}, DType::bf16), whole(backend, {2, 3}, DType::i32);
  const auto forward = [&](Tensor a, Tensor w, Tensor out, Tensor r, float eps, float offset) {
    backend->run(RmsNorm{a, w, out, r, eps, offset});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "residual is [3] but must be [2, 3]", backend->run(RmsNorm{x, weight, y, rstd, 1e-6f, 0, weight}));
  CHECK_THROWS(ErrorCode::invalid_shape, "x is [3] but must be [T, D]", forward(weight, weight, y, rstd, 1e-6f, 0));
  CHECK_THROWS(ErrorCode::invalid_shape, "a row must have elements", forward(Placed(backend, {2, 0}), weight, y, rstd, 1e-6f, 0));
  CHECK_THROWS(ErrorCode::invalid_dtype, "x is i32", forward(whole, weight, whole, rstd, 1e-6f, 0));
  CHECK_THROWS(ErrorCode::invalid_dtype, "x is u8", forward(Placed(backend, {2, 3}, DType::u8), weight, y, rstd, 1e-6f, 0));
  CHECK_THROWS(ErrorCode::invalid_shape, "weight is [2] but must be [3]", forward(x, short_weight, y, rstd, 1e-6f, 0));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16 but must be f32", forward(x, weight, half, rstd, 1e-6f, 0));
  CHECK_THROWS(ErrorCode::invalid_shape, "rstd is [3] but must be [2]", forward(x, weight, y, weight, 1e-6f, 0));
  CHECK_THROWS(ErrorCode::invalid_argument, "eps is 0", forward(x, weight, y, rstd, 0, 0));
  CHECK_THROWS(ErrorCode::invalid_argument, "eps is nan", forward(x, weight, y, rstd, NAN, 0));
  CHECK_THROWS(ErrorCode::invalid_argument, "weightOffset is 2", forward(x, weight, y, rstd, 1e-6f, 2));
  const auto backward = [&](Tensor r, Tensor g, Tensor out, Tensor dw) {
    backend->run(RmsNormBackward{x, weight, r, g, out, dw, 0, Write::assign});
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "rstd is []", backward({}, y, y, weight));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dy is bf16", backward(rstd, half, y, weight));
  CHECK_THROWS(ErrorCode::invalid_shape, "dx is [3]", backward(rstd, y, weight, weight));
  CHECK_THROWS(ErrorCode::invalid_shape, "dweight is [2]", backward(rstd, y, y, short_weight));
}

TEST("rms_norm: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {4, 8}), weight(backend, Shape{8}), rstd(backend, Shape{4});
  CHECK_EQ(bytes_moved(RmsNorm{x, weight, x, rstd, 1e-6f, 0}), size_t{128 + 32 + 128 + 16});
  CHECK_EQ(bytes_moved(RmsNormBackward{x, weight, rstd, x, x, {}, 0, Write::assign}), size_t{128 + 32 + 16 + 128 + 128});
  CHECK_EQ(bytes_moved(RmsNormBackward{x, weight, rstd, x, x, weight, 0, Write::accumulate}), size_t{128 + 32 + 16 + 128 + 256 + 64});
}

}  // namespace
