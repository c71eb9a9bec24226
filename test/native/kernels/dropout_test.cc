#include "kernels/dropout.h"

#include <cmath>
#include <cstring>

#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;
using Ints = std::vector<int32_t>;

struct Row {
  uint64_t key;
  int64_t tokens;
};

struct Problem {
  std::vector<Row> rows;
  int64_t width;
  float rate;
  StreamId id{0xfedcba9876543210u, RandomPurpose::dropout, 3, 0x80000001u, 1, 0};
  Floats x;

  Problem(std::vector<Row> packed, int64_t features, float share) : rows(std::move(packed)), width(features), rate(share) {
    x = test::random_numbers(shape().numel(), 1);
  }
  int64_t tokens() const {
    int64_t count = 0;
    for (const Row& row : rows) count += row.tokens;
    return count;
  }
  Shape shape() const { return {tokens(), width}; }
  Ints offsets() const {
    Ints out{0};
    for (const Row& row : rows) out.push_back(out.back() + static_cast<int32_t>(row.tokens));
    return out;
  }
  Ints keys() const {
    Ints out;
    for (const Row& row : rows) {
      for (int shift : {0, 32}) out.push_back(static_cast<int32_t>(static_cast<uint32_t>(row.key >> shift)));
      out.push_back(static_cast<int32_t>(id.view));
    }
    return out;
  }
};

Placed whole_numbers(const std::shared_ptr<Backend>& backend, const Shape& shape, const Ints& values) {
  Placed placed(backend, shape, DType::i32);
  backend->write(Tensor(placed).data, values.data(), values.size() * sizeof(int32_t));
  return placed;
}

// What a problem needs on a device but for x and y.
struct Streams {
  Placed offsets, keys;
  Streams(const std::shared_ptr<Backend>& backend, const Problem& p)
      : offsets(whole_numbers(backend, Shape{int64_t(p.rows.size()) + 1}, p.offsets())),
        keys(whole_numbers(backend, {int64_t(p.rows.size()), 3}, p.keys())) {}
  Dropout of(const Problem& p, const Tensor& x, const Tensor& y, Write write = Write::assign) const {
    const auto bits = [](uint64_t number) { return static_cast<int32_t>(static_cast<uint32_t>(number)); };
    Dropout op{x, offsets, keys, y};
    op.seed_low = bits(p.id.seed), op.seed_high = bits(p.id.seed >> 32);
    op.op = bits(p.id.op), op.step = bits(p.id.step);
    op.rate = p.rate;
    op.y_write = write;
    return op;
  }
};

Floats run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0) {
  const Streams streams(backend, p);
  const Placed x(backend, p.shape(), p.x), y(backend, p.shape(), Floats(p.x.size(), start));
  backend->run(streams.of(p, x, y, write));
  return y.read();
}

// The formula, word by word.
Floats expected(const Problem& p) {
  const double threshold = std::round(double{p.rate} * 4294967296.0);
  const auto factor = static_cast<float>(1 / (1 - double{p.rate}));
  Floats y;
  for (const Row& row : p.rows) {
    StreamId id = p.id;
    id.row = row.key;
    const RandomStream stream(id);
    for (int64_t token = 0; token < row.tokens; ++token)
      for (int64_t d = 0; d < p.width; ++d) {
        const auto words = stream.words(static_cast<uint32_t>(token), static_cast<uint32_t>(d / 4));
        const uint32_t word = words[static_cast<size_t>(d % 4)];
        y.push_back(p.x[y.size()] * (word >= threshold ? factor : 0.0f));
      }
  }
  return y;
}

bool same(const Floats& a, const Floats& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

const uint64_t far = uint64_t{1} << 40;
const std::vector<Row> some_rows = {{7, 0}, {7, 3}, {far | 7, 1}, {9, 0}, {9, 0}, {~far, 5}, {2, 0}};

TEST("dropout: every bit is the formula's, every ISA, rate and width, rows of no tokens among them") {
  for (const auto* loops : test::all_loops())
    for (float rate : {0.0f, 0.05f, 0.1f, 0.5f, 1 - 0x1p-24f})
      for (int64_t width : {0, 1, 3, 4, 5, 7, 8, 31, 33, 64, 72, 127, 130, 257, 640}) {
        const Problem p(some_rows, width, rate);
        CHECK(same(run(test::cpu_with(*loops, 2), p), expected(p)));
      }
}

TEST("dropout: a word that is the threshold keeps its feature") {
  Problem p({{7, 8}}, 640, 0);
  p.x.assign(p.x.size(), 1);
  StreamId id = p.id;
  id.row = 7;
  int met = 0;
  for (uint32_t group = 0; group < 160; ++group)
    for (uint32_t at = 0; at < 4; ++at) {
      const uint32_t word = RandomStream(id).words(5, group)[at];
      if (word % 256 != 0) continue;  // f32 does not hold such a rate
      ++met;
      p.rate = static_cast<float>(word) * 0x1p-32f;
      for (const auto* loops : test::all_loops()) CHECK(run(test::cpu_with(*loops, 1), p)[5 * 640 + group * 4 + at] != 0);
    }
  CHECK(met > 0);
}

TEST("dropout: without tokens or rows there is nothing to do; a rate of 0 copies") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    CHECK(run(backend, Problem({}, 8, 0.5f)).empty());
    CHECK(run(backend, Problem({{1, 0}, {2, 0}}, 8, 0.5f)).empty());
    const Problem p(some_rows, 33, 0);
    CHECK(same(run(backend, p), p.x));
  }
}

TEST("dropout: the least rates keep all, and the share dropped is the rate") {
  CHECK_EQ(dropout_threshold(0), 0u);
  CHECK_EQ(dropout_threshold(0x1p-34f), 0u);
  CHECK_EQ(dropout_threshold(0x1.8p-33f), 1u);
  CHECK_EQ(dropout_threshold(0.5f), 0x80000000u);
  CHECK_EQ(dropout_threshold(1 - 0x1p-24f), 0xffffff00u);
  CHECK_EQ(dropout_factor(0), 1.0f);
  CHECK_EQ(dropout_factor(0.75f), 4.0f);
  CHECK_EQ(dropout_factor(1 - 0x1p-24f), 0x1p24f);
}

TEST("dropout: kept features are as many, and spread over tokens, as coins thrown") {
  constexpr int64_t tokens = 2000, width = 500;
  for (float rate : {0.05f, 0.1f, 0.5f}) {
    Problem p({{1, 800}, {2, 1200}}, width, rate);
    p.x.assign(p.x.size(), 1);
    const auto y = run(test::cpu_with(chosen_isa(), 2), p);
    double sum = 0, squares = 0;
    for (int64_t token = 0; token < tokens; ++token) {
      double kept = 0;
      for (int64_t d = 0; d < width; ++d) kept += y[static_cast<size_t>(token * width + d)] != 0;
      sum += kept;
      squares += kept * kept;
    }
    const double mean = sum / tokens, variance = squares / tokens - mean * mean;
    const double of_token = width * rate * (1 - double{rate});  // binomial
    CHECK_NEAR(mean, width * (1 - double{rate}), 5 * std::sqrt(of_token / tokens));  // five standard errors
    CHECK_NEAR(variance, of_token, 5 * of_token * std::sqrt(2.0 / tokens));  // those of a normal's variance
  }
}

TEST("dropout: a row's mask is the same in any batch and on any number of threads") {
  constexpr int64_t width = 641;
  const std::vector<Row> rows = {{11, 20}, {12, 7}, {13, 33}};
  const auto ones = [](std::vector<Row> packed) {
    Problem p(std::move(packed), width, 0.3f);
    p.x.assign(p.x.size(), 1);
    return p;
  };
  for (const auto* loops : test::all_loops()) {
    const auto one = run(test::cpu_with(*loops, 1), ones(rows));
    for (int threads : {2, 3}) CHECK(same(run(test::cpu_with(*loops, threads), ones(rows)), one));
    const auto turned = run(test::cpu_with(*loops, 2), ones({rows[2], rows[0], rows[1]}));
    const auto cut = [](const Floats& from, int64_t begin, int64_t end) {
      return Floats(from.begin() + begin * width, from.begin() + end * width);
    };
    CHECK(same(cut(turned, 0, 33), cut(one, 27, 60)));
    CHECK(same(cut(turned, 33, 60), cut(one, 0, 27)));
    CHECK(same(run(test::cpu_with(*loops, 1), ones({rows[1]})), cut(one, 20, 27)));
  }
}

TEST("dropout: each part of what names a mask makes another one") {
  const Problem base({{7, 4}}, 64, 0.5f);
  std::vector<Problem> others(8, base);
  others[0].id.seed ^= 1;
  others[1].id.seed ^= uint64_t{1} << 32;
  others[2].id.op ^= 1;
  others[3].id.step ^= 1;
  others[4].id.view ^= 1;
  others[5].rows[0].key ^= 1;
  others[6].rows[0].key ^= uint64_t{1} << 32;
  others[7].id.step ^= 0x80000000u;
  const auto backend = test::cpu_with(chosen_isa(), 1);
  std::vector<Floats> masks{run(backend, base)};
  for (const Problem& other : others) {
    const auto mask = run(backend, other);
    for (const Floats& one : masks) {
      int differing = 0;
      for (size_t i = 0; i < mask.size(); ++i) differing += (mask[i] == 0) != (one[i] == 0);
      CHECK_NEAR(differing, 128, 5 * 8);  // of 256 coins, whose standard deviation is 8
    }
    masks.push_back(mask);
  }
}

TEST("dropout: y is written or added to as asked, and may be x itself") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 3);
    const Problem p(some_rows, 131, 0.4f);
    const auto apart = run(backend, p), added = run(backend, p, Write::accumulate, 5);
    CHECK(same(run(backend, p, Write::assign, 5), apart));
    for (size_t i = 0; i < apart.size(); ++i) CHECK_EQ(added[i], 5 + apart[i]);
    const Streams streams(backend, p);
    for (Write write : {Write::assign, Write::accumulate}) {
      const Placed x(backend, p.shape(), p.x);
      backend->run(streams.of(p, x, x, write));
      const auto over = x.read();
      for (size_t i = 0; i < over.size(); ++i) CHECK_EQ(over[i], write == Write::assign ? apart[i] : p.x[i] + apart[i]);
    }
  }
}

TEST("dropout: a residual is added after the product is rounded, and may be y") {
  for (const auto* loops : test::all_loops())
    for (int64_t width : {1, 13, 131}) {
      const auto backend = test::cpu_with(*loops, 3);
      const Problem p(some_rows, width, 0.4f);
      const auto apart = run(backend, p), before = test::random_numbers(p.x.size(), 9);
      const Streams streams(backend, p);
      const Placed x(backend, p.shape(), p.x), residual(backend, p.shape(), before), y(backend, p.shape());
      for (const Placed* to : {&y, &residual}) {
        Dropout op = streams.of(p, x, *to);
        op.residual = residual;
        backend->run(op);
        const auto got = to->read();
        for (size_t i = 0; i < got.size(); ++i) CHECK_EQ(got[i], before[i] + apart[i]);
      }
    }
}

TEST("dropout: what is not finite stays so, dropped or not") {
  for (const auto* loops : test::all_loops())
    for (float strange : {NAN, INFINITY, -INFINITY}) {
      Problem p({{1, 4}}, 37, 0.5f);
      p.x.assign(p.x.size(), strange);
      for (float y : run(test::cpu_with(*loops, 1), p)) CHECK(!std::isfinite(y));
    }
}

TEST("dropout: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Problem p({{1, 2}, {2, 1}}, 4, 0.5f);
  const Streams streams(backend, p);
  const Placed x(backend, {3, 4}), y(backend, {3, 4}), half(backend, {3, 4}, DType::bf16);
  const Placed line(backend, Shape{12}), four(backend, {4, 4});
  const Tensor whole = four, above{whole.data, {3, 4}, DType::f32}, below{whole.as<float>() + 4, {3, 4}, DType::f32};
  const auto with = [&](auto Dropout::*field, const auto& value) {
    Dropout op = streams.of(p, x, y);
    op.*field = value;
    backend->run(op);
  };
  with(&Dropout::rate, 0.1f);
  CHECK_THROWS(ErrorCode::invalid_shape, "dropout: x is [12] but must be [T, D]", with(&Dropout::x, Tensor(line)));
  CHECK_THROWS(ErrorCode::invalid_shape, "x is [0, 2147483648] but a token has at most",
               with(&Dropout::x, Tensor{nullptr, {0, int64_t{1} << 31}, DType::f32}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "x is bf16 but must be f32", with(&Dropout::x, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [4, 4] but must be [3, 4]", with(&Dropout::y, Tensor(four)));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16 but must be f32", with(&Dropout::y, Tensor(half)));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs",
               backend->run(streams.of(p, above, below)));
  for (auto field : {&Dropout::offsets, &Dropout::keys}) {
    const Tensor memory = line;
    Dropout op = streams.of(p, x, y);
    (op.*field).data = memory.data;
    op.y.data = memory.data;
    CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", backend->run(op));
  }
  const auto numbers = [&](const Shape& shape, const Ints& values) { return whole_numbers(backend, shape, values); };
  const auto rows = [&](const Tensor& offsets) { with(&Dropout::offsets, offsets); };
  const auto named = [&](const Tensor& keys) { with(&Dropout::keys, keys); };
  CHECK_THROWS(ErrorCode::invalid_shape, "offsets is [0] but must be [B+1]", rows(numbers(Shape{0}, {})));
  CHECK_THROWS(ErrorCode::invalid_shape, "offsets is [3, 1] but must be", rows(numbers({3, 1}, {0, 2, 3})));
  CHECK_THROWS(ErrorCode::invalid_dtype, "offsets is f32 but must be i32", rows(Placed(backend, Shape{3})));
  CHECK_THROWS(ErrorCode::invalid_shape, "keys is [3, 3] but must be [2, 3]", named(numbers({3, 3}, {})));
  CHECK_THROWS(ErrorCode::invalid_dtype, "keys is f32 but must be i32", named(Placed(backend, {2, 3})));
  CHECK_THROWS(ErrorCode::invalid_argument, "offsets[0] is 1 but must be 0", rows(numbers(Shape{3}, {1, 2, 3})));
  CHECK_THROWS(ErrorCode::invalid_argument, "offsets[2] is 3, below offsets[1]", rows(numbers(Shape{3}, {0, 4, 3})));
  CHECK_THROWS(ErrorCode::invalid_argument, "offsets[2] is 2 but must be 3", rows(numbers(Shape{3}, {0, 1, 2})));
  for (float rate : {-0.1f, 1.0f, INFINITY, NAN})
    CHECK_THROWS(ErrorCode::invalid_argument, "but must be at least 0 and below 1", with(&Dropout::rate, rate));
  const auto neither = static_cast<Write>(2);
  CHECK_THROWS(ErrorCode::invalid_argument, "yWrite must be 'assign' or 'accumulate'", with(&Dropout::y_write, neither));
  CHECK_THROWS(ErrorCode::invalid_shape, "residual is [4, 4] but must be [3, 4]", with(&Dropout::residual, Tensor(four)));
  CHECK_THROWS(ErrorCode::invalid_dtype, "residual is bf16 but must be f32", with(&Dropout::residual, Tensor(half)));
  const auto added_to = [&](const Tensor& residual, const Tensor& to, Write write) {
    Dropout op = streams.of(p, x, to, write);
    op.residual = residual;
    backend->run(op);
  };
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", added_to(above, below, Write::assign));
  CHECK_THROWS(ErrorCode::invalid_argument, "residual is for a y that is written", added_to(above, y, Write::accumulate));
}

TEST("dropout: bytes moved are what the contract says") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Problem p({{1, 2}, {2, 1}}, 4, 0.5f);
  const Streams streams(backend, p);
  const Placed x(backend, {3, 4}), y(backend, {3, 4});
  CHECK_EQ(bytes_moved(streams.of(p, x, y)), size_t{2 * 48 + 12 + 24});
  CHECK_EQ(bytes_moved(streams.of(p, x, y, Write::accumulate)), size_t{3 * 48 + 12 + 24});
  Dropout op = streams.of(p, x, y);
  op.residual = y;
  CHECK_EQ(bytes_moved(op), size_t{3 * 48 + 12 + 24});
}

}  // namespace
