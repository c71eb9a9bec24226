#include "kernels/attention.h"

#include "check.h"
#include "kernels/attention_spelled_out.h"
#include "kernels/bytes_moved.h"

namespace {

using namespace xling;
using namespace xling::test;

TEST("attention: every ISA does the contract's arithmetic, to the last bit") {
  for (const auto& shape : attention_shapes) {
    const AttentionProblem p(shape);
    const auto fused = spelled_out<Fused>(p), twice = spelled_out<Twice>(p);
    for (const auto* loops : all_loops())
      CHECK(attend(cpu_with(*loops, 2), p) == (std::string(loops->isa) == "portable" ? twice : fused));
  }
}

TEST("attention: equals the formula in f64 within the rounding of its sums") {
  for (const auto& shape : attention_shapes) {
    const AttentionProblem p(shape);
    const auto want = attention_truth(p);
    const auto got = attend(cpu_with(chosen_isa(), 2), p);
    const auto magnitude = [](const Floats& all, int64_t from, int64_t width) {
      double most = 0;
      for (int64_t d = 0; d < width; ++d) most = std::max(most, double(std::abs(all[from + d])));
      return most;
    };
    p.for_each_query([&](int64_t t, int64_t first, int64_t last) {
      for (int64_t h = 0; h < p.heads; ++h) {
        // Higham, Accuracy and Stability, eq. 3.5: a score errs by (D + 1) u times the sum of its terms'
        // sizes, a sum over keys by as many u as it has terms, and exp by 4 u; p errs by the score's error,
        // and again where it is divided by the sum.
        double terms = 0, most_v = 0;
        for (int64_t j = first; j < last; ++j) {
          double sizes = 0;
          for (int64_t d = 0; d < p.width; ++d) sizes += std::abs(double(p.q[p.at(t, h) + d]) * p.k[p.key_at(j, h) + d]);
          terms = std::max(terms, p.scale * sizes);
          most_v = std::max(most_v, magnitude(p.v, p.key_at(j, h), p.width));
        }
        const double slack = 2 * 0x1p-24 * (double(p.width + 1) * terms + double(last - first) + 8);
        for (int64_t d = 0; d < p.width; ++d) CHECK_NEAR(got.y[p.at(t, h) + d], want.y[p.at(t, h) + d], slack * most_v);
        const double lse = want.lse[t * p.heads + h];
        CHECK_NEAR(got.lse[t * p.heads + h], lse, slack + 0x1p-23 * std::abs(lse));
      }
    });
  }
}

TEST("attention: a row alone equals the same row among others, to the last bit, on every ISA") {
  const AttentionProblem all({{50, 0, 3, 131, 1, 20}, 6, 2, 24, 70, 0});
  for (const auto* loops : all_loops()) {
    const auto backend = cpu_with(*loops, 2);
    const auto batched = attend(backend, all);
    for (size_t row = 0; row < 6; ++row) {
      const auto single = attend(backend, all.alone(row));
      CHECK(single.y == all.cut(batched.y, row));
      CHECK(single.lse == all.cut(batched.lse, row));
    }
  }
}

TEST("attention: threads 1 = 2 = 3, to the last bit, on every ISA") {
  const AttentionProblem p({{200, 100, 7}, 3, 1, 40, -1, 0});
  for (const auto* loops : all_loops()) {
    const auto one = attend(cpu_with(*loops, 1), p);
    for (int threads : {2, 3}) CHECK(attend(cpu_with(*loops, threads), p) == one);
  }
}

TEST("attention: what a query does not attend cannot matter, be it NaN; what it attends does") {
  // Token 60 of the first row is spoilt: it reaches those that attend it, 60 … 69, and no others of any row.
  AttentionProblem p({{100, 80}, 3, 1, 24, 9, 0});
  for (const auto* loops : all_loops()) {
    const auto backend = cpu_with(*loops, 2);
    const auto sound = attend(backend, p);
    for (float poison : {NAN, INFINITY, -INFINITY})
      for (Floats AttentionProblem::*tensor : {&AttentionProblem::k, &AttentionProblem::v}) {
        AttentionProblem spoilt = p;
        for (int64_t d = 0; d < p.width; ++d) (spoilt.*tensor)[size_t(p.key_at(60, 0) + d)] = poison;
        const auto got = attend(backend, spoilt);
        for (int64_t t = 0; t < p.tokens(); ++t)
          for (int64_t i = p.at(t, 0); i < p.at(t + 1, 0); ++i)
            CHECK(t >= 60 && t < 70 ? !(got.y[i] == sound.y[i]) : got.y[i] == sound.y[i]);
      }
  }
}

TEST("attention: scores of 10000 and more stay finite, and the largest wins") {
  for (float size : {1e2f, 1e3f}) {
    AttentionProblem p({{100}, 2, 1, 64, -1, -1});
    for (float& q : p.q) q *= size;
    for (float& k : p.k) k *= size;
    for (const auto* loops : all_loops()) {
      const auto got = attend(cpu_with(*loops, 2), p);
      const auto want = attention_truth(p);
      for (float lse : got.lse) CHECK(std::isfinite(lse) && std::abs(lse) > 1e3f);
      // A score of 10^6 is known to a sixteenth: where the second is further below, only the largest counts.
      size_t clear = 0;
      for (size_t i = 0; i < got.y.size(); ++i) {
        CHECK(std::isfinite(got.y[i]));
        clear += std::abs(got.y[i] - want.y[i]) < 1e-3;
      }
      CHECK(clear > got.y.size() * 9 / 10);
    }
  }
}

TEST("attention: lse may be absent, and y is the same") {
  const AttentionProblem p({{65}, 4, 1, 64, -1, 0});
  const auto backend = cpu_with(chosen_isa(), 2);
  const PlacedAttention placed(backend, p);
  Attention op = placed.forward();
  op.lse = {};
  backend->run(op);
  CHECK(placed.y.read() == attend(backend, p).y);
  CHECK(std::isnan(placed.lse.read()[0]));
}

TEST("attention: what does not fit is refused with the tensor's name") {
  const AttentionProblem p({{3, 2}, 4, 2, 8, -1, 0});
  const auto backend = cpu_with(chosen_isa(), 1);
  const PlacedAttention placed(backend, p);
  const auto with = [&](Tensor Attention::*tensor, const Shape& shape, DType dtype = DType::f32) {
    const Placed other(backend, shape, dtype);
    Attention op = placed.forward();
    op.*tensor = other;
    backend->run(op);
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "attention: q is [5, 32] but must be [T, Hq, D]", with(&Attention::q, {5, 32}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q is [5, 0, 8] but must have heads", with(&Attention::q, {5, 0, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q is [5, 4, 12] but D must be a multiple of 8 from 8 to 256", with(&Attention::q, {5, 4, 12}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q is [5, 4, 264] but D", with(&Attention::q, {5, 4, 264}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q is [5, 4, 0] but D", with(&Attention::q, {5, 4, 0}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "q is bf16 but must be f32", with(&Attention::q, {5, 4, 8}, DType::bf16));
  CHECK_THROWS(ErrorCode::invalid_shape, "k is [5, 2] but must be [T, Hkv, D]", with(&Attention::k, {5, 2}));
  CHECK_THROWS(ErrorCode::invalid_shape, "k is [5, 0, 8] but must have heads", with(&Attention::k, {5, 0, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "k is [4, 2, 8] but must be [5, 2, 8]", with(&Attention::k, {4, 2, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "k is [5, 2, 16] but must be [5, 2, 8]", with(&Attention::k, {5, 2, 16}));
  CHECK_THROWS(ErrorCode::invalid_shape, "v is [5, 1, 8] but must be [5, 2, 8]", with(&Attention::v, {5, 1, 8}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "v is i32 but must be f32", with(&Attention::v, {5, 2, 8}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_shape, "q has 3 heads, which is no multiple of the 2 of k", {
    const Placed q(backend, {5, 3, 8});
    Attention op = placed.forward();
    op.q = op.y = q;
    backend->run(op);
  });
  CHECK_THROWS(ErrorCode::invalid_shape, "offsets is [3, 1] but must be [B+1]", with(&Attention::offsets, {3, 1}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_shape, "offsets is [0] but must be [B+1]", with(&Attention::offsets, Shape{0}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_dtype, "offsets is f32 but must be i32", with(&Attention::offsets, Shape{3}));
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [5, 2, 8] but must be [5, 4, 8]", with(&Attention::y, {5, 2, 8}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16 but must be f32", with(&Attention::y, {5, 4, 8}, DType::bf16));
  CHECK_THROWS(ErrorCode::invalid_shape, "lse is [5] but must be [5, 4]", with(&Attention::lse, Shape{5}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "lse is i32 but must be f32", with(&Attention::lse, {5, 4}, DType::i32));
  const auto changed = [&](auto member, auto value) {
    Attention op = placed.forward();
    op.*member = value;
    backend->run(op);
  };
  CHECK_THROWS(ErrorCode::invalid_argument, "scale is nan but must be finite", changed(&Attention::scale, NAN));
  CHECK_THROWS(ErrorCode::invalid_argument, "scale is inf", changed(&Attention::scale, INFINITY));
  CHECK_THROWS(ErrorCode::invalid_argument, "before is -2 but must be a number of places, or -1 for all", changed(&Attention::before, -2));
  CHECK_THROWS(ErrorCode::invalid_argument, "after is -7", changed(&Attention::after, -7));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", changed(&Attention::y, Tensor(placed.q)));
  CHECK_THROWS(ErrorCode::invalid_argument, "lse lies over one of its inputs", {
    Attention op = placed.forward();
    op.lse.data = op.v.data;
    backend->run(op);
  });
  CHECK_THROWS(ErrorCode::invalid_argument, "lse lies over one of its inputs", {
    Attention op = placed.forward();
    op.lse.data = op.y.data;
    backend->run(op);
  });
}

TEST("attention: offsets that do not cut the tokens into rows are refused, forward and backward") {
  const AttentionProblem p({{3, 2}, 1, 1, 8, -1, 0});
  const auto backend = cpu_with(chosen_isa(), 1);
  const PlacedAttention placed(backend, p);
  const auto put = [&](const std::vector<int32_t>& values) { backend->write(Tensor(placed.offsets).data, values.data(), 12); };
  const auto refused = [&](const std::vector<int32_t>& values, const char* text) {
    put(values);
    CHECK_THROWS(ErrorCode::invalid_argument, std::string("attention: ") + text, backend->run(placed.forward()));
    CHECK_THROWS(ErrorCode::invalid_argument, std::string("attention_backward: ") + text, backend->run(placed.backward()));
  };
  refused({1, 3, 5}, "offsets[0] is 1 but must be 0");
  refused({-1, 3, 5}, "offsets[0] is -1 but must be 0");
  refused({0, 6, 5}, "offsets[2] is 5, below offsets[1], which is 6");
  refused({0, -1, 5}, "offsets[1] is -1, below offsets[0], which is 0");
  refused({0, 3, 4}, "offsets[2] is 4 but must be 5, the number of tokens");
  refused({0, 3, 6}, "offsets[2] is 6 but must be 5");
  refused({0, 3, 2147483647}, "offsets[2] is 2147483647 but must be 5");
}

TEST("attention: bytes moved are what the contract says") {
  const AttentionProblem p({{3, 2}, 4, 2, 8, -1, 0});
  const PlacedAttention placed(cpu_with(chosen_isa(), 1), p);
  const size_t q = 5 * 4 * 8 * 4, k = q / 2, lse = 5 * 4 * 4;
  CHECK_EQ(bytes_moved(placed.forward()), q + 2 * k + 12 + q + lse);
  CHECK_EQ(bytes_moved(placed.backward()), 3 * q + 2 * k + 12 + lse + 2 * (q + 2 * k));
}

}  // namespace
