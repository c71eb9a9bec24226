#include "kernels/rope.h"

#include <cmath>
#include <cstring>

#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;
using Positions = std::vector<int32_t>;

int64_t size(const Floats& values) { return static_cast<int64_t>(values.size()); }

// theta^(-2i/D), as all models make them before they scale some.
Floats frequencies(int64_t width, double theta = 10000) {
  Floats out;
  for (int64_t i = 0; i < width / 2; ++i) out.push_back(static_cast<float>(std::pow(theta, -2.0 * double(i) / double(width))));
  return out;
}

struct Table {
  Floats cos, sin;
  bool operator==(const Table& o) const { return cos == o.cos && sin == o.sin; }
};

Table table(const std::shared_ptr<Backend>& backend, const Positions& positions, const Floats& frequencies, float scale = 1) {
  const auto tokens = static_cast<int64_t>(positions.size());
  const Placed at(backend, Shape{tokens}, DType::i32), by(backend, {size(frequencies)}, frequencies);
  backend->write(Tensor(at).data, positions.data(), positions.size() * sizeof(int32_t));
  const Placed cos(backend, {tokens, size(frequencies)}), sin(backend, {tokens, size(frequencies)});
  backend->run(RopeTable{at, by, cos, sin, scale});
  return {cos.read(), sin.read()};
}

TEST("rope_table: cosine and sine of the angle that f32 rounds, to half an ulp, and then scaled") {
  const Positions positions = {0, 1, 2, 7, 511, 8191, 100003, 131071, 16777217, -3, INT32_MAX, INT32_MIN};
  for (int64_t width : {2, 6, 64, 130})
    for (float scale : {1.0f, 1.2079442f}) {
      const Floats by = frequencies(width);
      const auto got = table(test::cpu_with(chosen_isa(), 2), positions, by, scale);
      // Half an ulp is at most 2^-24 of the number; scale rounds once more. What
      // the f64 functions err by is far below.
      const double tolerance = (scale == 1 ? 1 : 2) * 0x1p-24 * (1 + 1e-7);
      for (size_t t = 0; t < positions.size(); ++t)
        for (size_t i = 0; i < by.size(); ++i) {
          const float angle = static_cast<float>(positions[t]) * by[i];
          const double cos = static_cast<double>(scale * std::cos(static_cast<long double>(angle)));
          const double sin = static_cast<double>(scale * std::sin(static_cast<long double>(angle)));
          CHECK_NEAR(got.cos[t * by.size() + i], cos, tolerance * std::abs(cos));
          CHECK_NEAR(got.sin[t * by.size() + i], sin, tolerance * std::abs(sin));
        }
    }
}

TEST("rope_table: no tokens, no features, and frequencies that are no numbers") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  CHECK_EQ(table(backend, {}, {1, 2}).cos.size(), size_t{0});
  CHECK_EQ(table(backend, {1, 2}, {}).sin.size(), size_t{0});
  for (float wild : {INFINITY, -INFINITY, NAN}) {
    const auto got = table(backend, {1}, {wild});
    CHECK(std::isnan(got.cos[0]) && std::isnan(got.sin[0]));
  }
}

TEST("rope_table: threads 1 = 2 = 3, to the last bit, and a token alone as among others") {
  Positions positions;
  for (int32_t i = 0; i < 513; ++i) positions.push_back(i * 37 % 1009);
  const Floats by = frequencies(72);
  const auto one = table(test::cpu_with(chosen_isa(), 1), positions, by);
  CHECK(table(test::cpu_with(chosen_isa(), 2), positions, by) == one);
  CHECK(table(test::cpu_with(chosen_isa(), 3), positions, by) == one);
  const auto alone = table(test::cpu_with(chosen_isa(), 1), {positions[400]}, by);
  CHECK(std::memcmp(alone.cos.data(), &one.cos[400 * by.size()], by.size() * sizeof(float)) == 0);
}

struct Problem {
  int64_t tokens, heads, width;
  Floats x, dy, cos, sin;

  Problem(int64_t t, int64_t h, int64_t d) : tokens(t), heads(h), width(d) {
    x = test::random_numbers(static_cast<size_t>(t * h * d), 1);
    dy = test::random_numbers(static_cast<size_t>(t * h * d), 2);
    // Any angles at all, so that no two pairs have the same.
    const Floats angles = test::random_numbers(static_cast<size_t>(t * d / 2), 3);
    for (float angle : angles) {
      cos.push_back(std::cos(5 * angle));
      sin.push_back(std::sin(5 * angle));
    }
  }
  Shape shape() const { return {tokens, heads, width}; }
  Shape angles() const { return {tokens, width / 2}; }
};

Floats run(const std::shared_ptr<Backend>& backend, const Problem& p, const Floats& from, RopeDirection direction = RopeDirection::forward,
           Write write = Write::assign) {
  const Placed x(backend, p.shape(), from), cos(backend, p.angles(), p.cos), sin(backend, p.angles(), p.sin);
  const Placed y(backend, p.shape(), Floats(from.size(), 5.0f));
  backend->run(Rope{x, cos, sin, y, direction, write});
  return y.read();
}

// The contract's two lines in Number, one pair after another.
template <class Number>
std::vector<Number> reference(const Problem& p, const std::vector<Number>& x, bool inverse) {
  std::vector<Number> y(x.size());
  const int64_t half = p.width / 2;
  for (int64_t t = 0; t < p.tokens; ++t)
    for (int64_t n = 0; n < p.heads; ++n)
      for (int64_t i = 0; i < half; ++i) {
        const Number c = p.cos[t * half + i], s = inverse ? -p.sin[t * half + i] : p.sin[t * half + i];
        const int64_t first = (t * p.heads + n) * p.width + i;
        y[first] = x[first] * c - x[first + half] * s;
        y[first + half] = x[first + half] * c + x[first] * s;
      }
  return y;
}

const int64_t shapes[][3] = {{0, 3, 8}, {2, 0, 8}, {2, 3, 0}, {1, 1, 2}, {7, 3, 72}, {65, 3, 24}, {5, 1, 256}, {9, 2, 6}, {33, 2, 130}};

TEST("rope: value equals the formula in f64, and its f32 steps to the last bit, every ISA, direction and shape") {
  for (const auto* loops : test::all_loops())
    for (const auto& [tokens, heads, width] : shapes)
      for (RopeDirection direction : {RopeDirection::forward, RopeDirection::inverse}) {
        const Problem p(tokens, heads, width);
        const bool inverse = direction == RopeDirection::inverse;
        const Floats got = run(test::cpu_with(*loops, 2), p, p.x, direction);
        CHECK(got == reference<float>(p, p.x, inverse));
        const auto want = reference<double>(p, {p.x.begin(), p.x.end()}, inverse);
        // Two products of up to |x| and their sum round, by 2^-24 each: |x| is under 3.4.
        for (size_t i = 0; i < want.size(); ++i) CHECK_NEAR(got[i], want[i], 4 * 3.4 * 0x1p-24);
      }
}

TEST("rope: feature i turns with feature i + D/2, by the angle of its token") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const auto angles = table(backend, {3}, {1.0f, 0.25f});
  const Placed cos(backend, {1, 2}, angles.cos), sin(backend, {1, 2}, angles.sin);
  const Placed x(backend, {1, 1, 4}, {1, 0, 0, 2}), y(backend, {1, 1, 4});
  backend->run(Rope{x, cos, sin, y});
  const Floats got = y.read();
  const double want[] = {std::cos(3.0), -2 * std::sin(0.75), std::sin(3.0), 2 * std::cos(0.75)};
  for (size_t i = 0; i < 4; ++i) CHECK_NEAR(got[i], want[i], 2 * 0x1p-24);
}

TEST("rope: the inverse turns back, and is the gradient that finite differences give") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    const Problem p(4, 3, 10);
    const Floats back = run(backend, p, run(backend, p, p.x), RopeDirection::inverse);
    // Six roundings of numbers under 3.4·√2, and cos² + sin² that f32 holds to 2^-23.
    for (size_t i = 0; i < p.x.size(); ++i) CHECK_NEAR(back[i], p.x[i], 8 * 4.8 * 0x1p-24);

    const Floats dx = run(backend, p, p.dy, RopeDirection::inverse);
    std::vector<double> x(p.x.begin(), p.x.end());
    const auto loss = [&] {
      const auto y = reference<double>(p, x, false);
      double sum = 0;
      for (size_t i = 0; i < y.size(); ++i) sum += y[i] * p.dy[i];
      return sum;
    };
    for (size_t i = 0; i < x.size(); ++i) {
      const double middle = x[i];
      x[i] = middle + 1;  // linear in x: any step is exact
      const double above = loss();
      x[i] = middle - 1;
      const double below = loss();
      x[i] = middle;
      CHECK_NEAR(dx[i], (above - below) / 2, 4 * 3.4 * 0x1p-24);
    }
  }
}

TEST("rope: y is written or added to as asked, and may be x") {
  for (const auto* loops : test::all_loops())
    for (RopeDirection direction : {RopeDirection::forward, RopeDirection::inverse}) {
      const auto backend = test::cpu_with(*loops, 3);
      const Problem p(65, 3, 130);
      const Floats apart = run(backend, p, p.x, direction), added = run(backend, p, p.x, direction, Write::accumulate);
      for (size_t i = 0; i < p.x.size(); ++i) CHECK_EQ(added[i], 5 + apart[i]);
      const Placed cos(backend, p.angles(), p.cos), sin(backend, p.angles(), p.sin);
      for (Write write : {Write::assign, Write::accumulate}) {
        const Placed y(backend, p.shape(), p.x);
        backend->run(Rope{y, cos, sin, y, direction, write});
        const Floats got = y.read();
        for (size_t i = 0; i < got.size(); ++i) CHECK_EQ(got[i], (write == Write::assign ? apart[i] : p.x[i] + apart[i]));
      }
    }
}

TEST("rope: threads 1 = 2 = 3, and a token alone as among others, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(513, 3, 72);
    const Floats one = run(test::cpu_with(*loops, 1), p, p.x);
    CHECK(run(test::cpu_with(*loops, 2), p, p.x) == one);
    CHECK(run(test::cpu_with(*loops, 3), p, p.x) == one);
    for (int64_t token : {0, 13, 512}) {
      const auto cut = [&](const Floats& from, int64_t each) { return Floats(from.begin() + token * each, from.begin() + (token + 1) * each); };
      Problem alone(1, 3, 72);
      alone.cos = cut(p.cos, 36), alone.sin = cut(p.sin, 36);
      CHECK(run(test::cpu_with(*loops, 1), alone, cut(p.x, 216)) == cut(one, 216));
    }
  }
}

TEST("rope: infinities and NaNs stay in their pair") {
  for (const auto* loops : test::all_loops()) {
    Problem p(2, 2, 40);
    p.x[3] = INFINITY, p.x[41] = NAN;
    const Floats got = run(test::cpu_with(*loops, 1), p, p.x);
    for (size_t i = 0; i < got.size(); ++i) CHECK_EQ(std::isfinite(got[i]), i != 3 && i != 23 && i != 41 && i != 61);
  }
}

TEST("rope_table: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed at(backend, Shape{2}, DType::i32), by(backend, Shape{3}), cos(backend, {2, 3}), sin(backend, {2, 3});
  const auto make = [&](Tensor p, Tensor f, Tensor c, Tensor s, float scale = 1) { backend->run(RopeTable{p, f, c, s, scale}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "rope_table: positions is [2, 3] but must be [T]", make(cos, by, cos, sin));
  CHECK_THROWS(ErrorCode::invalid_dtype, "positions is f32 but must be i32", make(by, by, cos, sin));
  CHECK_THROWS(ErrorCode::invalid_shape, "frequencies is [] but must be [D/2]", make(at, {}, cos, sin));
  CHECK_THROWS(ErrorCode::invalid_dtype, "frequencies is i32", make(at, at, cos, sin));
  CHECK_THROWS(ErrorCode::invalid_shape, "cos is [3] but must be [2, 3]", make(at, by, by, sin));
  CHECK_THROWS(ErrorCode::invalid_dtype, "cos is bf16", make(at, by, Placed(backend, {2, 3}, DType::bf16), sin));
  CHECK_THROWS(ErrorCode::invalid_shape, "sin is [] but must be [2, 3]", make(at, by, cos, {}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "sin is i32", make(at, by, cos, Placed(backend, {2, 3}, DType::i32)));
  for (float scale : {0.0f, -1.0f, INFINITY, NAN})
    CHECK_THROWS(ErrorCode::invalid_argument, "but must be finite and above 0", make(at, by, cos, sin, scale));
  CHECK_THROWS(ErrorCode::invalid_argument, "sin lies over cos", make(at, by, cos, cos));
  Tensor over_at = at, over_by = by;
  over_at.dtype = DType::f32;
  over_at.shape = {2, 1};
  over_by.shape = {1, 3};
  const Placed one(backend, Shape{1}), position(backend, Shape{1}, DType::i32), tall(backend, {2, 1}), wide(backend, {1, 3});
  CHECK_THROWS(ErrorCode::invalid_argument, "cos lies over one of its inputs", make(at, one, over_at, tall));
  CHECK_THROWS(ErrorCode::invalid_argument, "sin lies over one of its inputs", make(at, one, tall, over_at));
  CHECK_THROWS(ErrorCode::invalid_argument, "cos lies over one of its inputs", make(position, by, over_by, wide));
  CHECK_THROWS(ErrorCode::invalid_argument, "sin lies over one of its inputs", make(position, by, wide, over_by));
}

TEST("rope: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3, 4}), y(backend, {2, 3, 4}), cos(backend, {2, 2}), sin(backend, {2, 2}), flat(backend, {6, 4});
  const auto turn = [&](Tensor from, Tensor c, Tensor s, Tensor to) { backend->run(Rope{from, c, s, to}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "rope: x is [6, 4] but must be [T, H, D]", turn(flat, cos, sin, flat));
  const Placed odd(backend, {2, 3, 5}), half(backend, {2, 3, 4}, DType::bf16), half_angles(backend, {2, 2}, DType::bf16);
  CHECK_THROWS(ErrorCode::invalid_shape, "x is [2, 3, 5] but D must be even", turn(odd, cos, sin, odd));
  CHECK_THROWS(ErrorCode::invalid_dtype, "x is bf16 but must be f32", turn(half, cos, sin, half));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16", turn(x, cos, sin, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [6, 4] but must be [2, 3, 4]", turn(x, cos, sin, flat));
  CHECK_THROWS(ErrorCode::invalid_shape, "cos is [6, 4] but must be [2, 2]", turn(x, flat, sin, y));
  CHECK_THROWS(ErrorCode::invalid_dtype, "cos is bf16", turn(x, half_angles, sin, y));
  CHECK_THROWS(ErrorCode::invalid_shape, "sin is [] but must be [2, 2]", turn(x, cos, {}, y));
  CHECK_THROWS(ErrorCode::invalid_dtype, "sin is bf16", turn(x, cos, half_angles, y));
  for (int32_t number : {2, -1})
    CHECK_THROWS(ErrorCode::invalid_argument, "direction must be 'forward' or 'inverse'",
                 backend->run(Rope{x, cos, sin, y, static_cast<RopeDirection>(number)}));
  CHECK_THROWS(ErrorCode::invalid_argument, "yWrite must be 'assign' or 'accumulate'",
               backend->run(Rope{x, cos, sin, y, RopeDirection::forward, static_cast<Write>(2)}));
  const Placed three(backend, {3, 3, 4});
  const Tensor whole = three, above{whole.data, {2, 3, 4}, DType::f32}, below{whole.as<float>() + 12, {2, 3, 4}, DType::f32};
  const Tensor inside{whole.data, {2, 2}, DType::f32};
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", turn(above, cos, sin, below));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", turn(x, inside, sin, above));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", turn(x, cos, inside, above));
}

TEST("rope: bytes moved are what the contracts say") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3, 4}), y(backend, {2, 3, 4}), cos(backend, {2, 2}), sin(backend, {2, 2});
  const Placed at(backend, Shape{2}, DType::i32), by(backend, Shape{2});
  CHECK_EQ(bytes_moved(RopeTable{at, by, cos, sin}), size_t{8 + 8 + 16 + 16});
  CHECK_EQ(bytes_moved(Rope{x, cos, sin, y}), size_t{96 + 16 + 16 + 96});
  CHECK_EQ(bytes_moved(Rope{x, cos, sin, y, RopeDirection::inverse, Write::accumulate}), size_t{96 + 16 + 16 + 192});
}

}  // namespace
