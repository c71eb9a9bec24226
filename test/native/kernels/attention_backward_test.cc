// The gradients of kernels/attention.h.
#include "check.h"
#include "kernels/attention.h"
#include "kernels/attention_slopes.h"

namespace {

using namespace xling;
using namespace xling::test;

TEST("attention_backward: the f64 gradients that the kernel is held to equal finite differences") {
  for (const AttentionShape& shape : slope_shapes) check_attention_truth(AttentionProblem(shape));
}

TEST("attention_backward: equals the gradients in f64, every ISA and shape") {
  for (const auto& shape : attention_shapes) {
    const AttentionProblem p(shape);
    const auto want = attention_truth(p);
    for (const auto* loops : all_loops()) {
      const auto got = run_attention(cpu_with(*loops, 2), p);
      // A score of D terms errs by D u in the worst case and by sqrt(D) u in practice, times its size of a few
      // units; p and ds err as much, and sums over keys and queries add as little: 64 u hold up to D = 256.
      const auto near = [](const Floats& values, const Doubles& right) {
        const double slack = 64 * 0x1p-24 * std::max(1.0, largest(right));
        for (size_t i = 0; i < right.size(); ++i) CHECK_NEAR(values[i], right[i], slack);
      };
      near(got.dq, want.dq);
      near(got.dk, want.dk);
      near(got.dv, want.dv);
    }
  }
}

TEST("attention_backward: adds to what is there, and leaves out what is absent") {
  const AttentionProblem p({{130, 20}, 4, 2, 24, -1, 0});
  for (const auto* loops : all_loops()) {
    const auto backend = cpu_with(*loops, 2);
    const auto plain = run_attention(backend, p), added = run_attention(backend, p, 5);
    const auto above = [](const Floats& values, const Floats& from) {
      for (size_t i = 0; i < from.size(); ++i) CHECK_NEAR(values[i], from[i] + 5, 0x1p-16);  // 30 terms or so, each rounded at 8
    };
    above(added.dq, plain.dq);
    above(added.dk, plain.dk);
    above(added.dv, plain.dv);
    for (int wanted = 0; wanted < 8; ++wanted) {
      const PlacedAttention placed(backend, p, 5);
      backend->run(placed.forward());
      AttentionBackward op = placed.backward();
      if (!(wanted & 1)) op.dq = {};
      if (!(wanted & 2)) op.dk = {};
      if (!(wanted & 4)) op.dv = {};
      backend->run(op);
      const auto got = placed.read();
      CHECK(got.dq == (wanted & 1 ? added.dq : Floats(p.q.size(), 5)));
      CHECK(got.dk == (wanted & 2 ? added.dk : Floats(p.k.size(), 5)));
      CHECK(got.dv == (wanted & 4 ? added.dv : Floats(p.k.size(), 5)));
    }
  }
}

TEST("attention_backward: a row alone equals the same row among others, to the last bit, on every ISA") {
  for (const AttentionShape& shape : {AttentionShape{{50, 0, 3, 231, 1, 120}, 6, 2, 24, 70, 0}, {{10, 250, 0, 99}, 2, 1, 8, 60, 130}}) {
    const AttentionProblem all(shape);
    for (const auto* loops : all_loops()) {
      const auto backend = cpu_with(*loops, 2);
      const auto batched = run_attention(backend, all);
      for (size_t row = 0; row < shape.rows.size(); ++row) {
        const auto single = run_attention(backend, all.alone(row));
        CHECK(single.dq == all.cut(batched.dq, row));
        CHECK(single.dk == all.cut(batched.dk, row));
        CHECK(single.dv == all.cut(batched.dv, row));
      }
    }
  }
}

TEST("attention_backward: threads 1 = 2 = 3, to the last bit, on every ISA") {
  for (const AttentionShape& shape : {AttentionShape{{400, 60}, 3, 1, 16, -1, 0}, {{300}, 2, 2, 16, -1, -1}}) {
    const AttentionProblem p(shape);
    for (const auto* loops : all_loops()) {
      const auto one = run_attention(cpu_with(*loops, 1), p);
      for (int repeat = 0; repeat < 2; ++repeat)
        for (int threads : {2, 3}) CHECK(run_attention(cpu_with(*loops, threads), p) == one);
    }
  }
}

TEST("attention_backward: lane code on arrays equals the ISA of that width to the last bit") {
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &emulated8 : std::string(isa->isa) == "avx512" ? &emulated16 : isa;
    for (const auto& shape : attention_shapes) {
      const AttentionProblem p(shape);
      CHECK(run_attention(cpu_with(*isa, 1), p) == run_attention(cpu_with(*twin, 1), p));
    }
  }
}

TEST("attention_backward: what does not attend a token cannot spoil its gradients, be it NaN") {
  // Token 60's dy is spoilt: that reaches its own dq, and dk and dv of what it attends, 51 … 60.
  const AttentionProblem p({{100, 80}, 3, 1, 24, 9, 0});
  for (const auto* loops : all_loops()) {
    const auto backend = cpu_with(*loops, 2);
    const auto sound = run_attention(backend, p);
    AttentionProblem spoilt = p;
    for (int64_t d = 0; d < p.at(1, 0); ++d) spoilt.dy[size_t(p.at(60, 0) + d)] = NAN;
    const auto got = run_attention(backend, spoilt);
    const auto same = [&](const Floats& values, const Floats& want, int64_t token, int64_t step) {
      return Floats(values.begin() + token * step, values.begin() + (token + 1) * step) ==
             Floats(want.begin() + token * step, want.begin() + (token + 1) * step);
    };
    for (int64_t t = 0; t < p.tokens(); ++t) {
      const bool attended = t >= 51 && t <= 60;
      CHECK_EQ(same(got.dq, sound.dq, t, p.at(1, 0)), t != 60);
      CHECK_EQ(same(got.dk, sound.dk, t, p.width), !attended);
      CHECK_EQ(same(got.dv, sound.dv, t, p.width), !attended);
    }
  }
}

TEST("attention_backward: scores of 10000 and more leave the gradients finite") {
  AttentionProblem p({{100}, 2, 1, 64, -1, -1});
  for (float& q : p.q) q *= 300;
  for (float& k : p.k) k *= 300;
  for (const auto* loops : all_loops()) {
    const auto got = run_attention(cpu_with(*loops, 2), p);
    CHECK(std::abs(got.lse[0]) > 1e4f);
    for (const Floats* values : {&got.dq, &got.dk, &got.dv})
      for (float value : *values) CHECK(std::isfinite(value));
  }
}

TEST("attention_backward: what does not fit is refused with the tensor's name") {
  const AttentionProblem p({{3, 2}, 4, 2, 8, -1, 0});
  const auto backend = cpu_with(chosen_isa(), 1);
  const PlacedAttention placed(backend, p);
  using Op = AttentionBackward;
  const auto with = [&](Tensor Op::*tensor, const Shape& shape, DType dtype = DType::f32) {
    const Placed other(backend, shape, dtype);
    Op op = placed.backward();
    op.*tensor = other;
    backend->run(op);
  };
  const auto over = [&](Tensor Op::*tensor, Tensor Op::*other) {
    Op op = placed.backward();
    // The smaller moves into the larger: it must not reach into what lies behind that.
    Tensor &a = op.*tensor, &b = op.*other;
    (a.bytes() <= b.bytes() ? a.data : b.data) = a.bytes() <= b.bytes() ? b.data : a.data;
    backend->run(op);
  };
  const auto bad_shape = [&](Tensor Op::*tensor, const Shape& shape, const char* text) {
    CHECK_THROWS(ErrorCode::invalid_shape, text, with(tensor, shape));
  };
  bad_shape(&Op::q, {5, 4}, "attention_backward: q is [5, 4] but must be [T, Hq, D]");
  bad_shape(&Op::v, {5, 4, 8}, "v is [5, 4, 8] but must be [5, 2, 8]");
  bad_shape(&Op::y, {5, 2, 8}, "y is [5, 2, 8] but must be [5, 4, 8]");
  bad_shape(&Op::lse, {5, 2}, "lse is [5, 2] but must be [5, 4]");
  bad_shape(&Op::dy, {4, 4, 8}, "dy is [4, 4, 8] but must be [5, 4, 8]");
  bad_shape(&Op::dq, {5, 2, 8}, "dq is [5, 2, 8] but must be [5, 4, 8]");
  bad_shape(&Op::dk, {5, 4, 8}, "dk is [5, 4, 8] but must be [5, 2, 8]");
  bad_shape(&Op::dv, {5, 2, 16}, "dv is [5, 2, 16] but must be [5, 2, 8]");
  CHECK_THROWS(ErrorCode::invalid_shape, "lse is [] but must be [5, 4]", {
    Op op = placed.backward();
    op.lse = {};
    backend->run(op);
  });
  CHECK_THROWS(ErrorCode::invalid_dtype, "dy is bf16 but must be f32", with(&Op::dy, {5, 4, 8}, DType::bf16));
  CHECK_THROWS(ErrorCode::invalid_dtype, "lse is i32 but must be f32", with(&Op::lse, {5, 4}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dk is bf16 but must be f32", with(&Op::dk, {5, 2, 8}, DType::bf16));
  for (Tensor Op::*input : {&Op::q, &Op::k, &Op::v, &Op::y, &Op::lse, &Op::dy, &Op::offsets}) {
    CHECK_THROWS(ErrorCode::invalid_argument, "dq lies over one of its inputs", over(&Op::dq, input));
    CHECK_THROWS(ErrorCode::invalid_argument, "dk lies over one of its inputs", over(&Op::dk, input));
    CHECK_THROWS(ErrorCode::invalid_argument, "dv lies over one of its inputs", over(&Op::dv, input));
  }
  CHECK_THROWS(ErrorCode::invalid_argument, "dq lies over", over(&Op::dq, &Op::dk));
  CHECK_THROWS(ErrorCode::invalid_argument, "dk lies over", over(&Op::dk, &Op::dv));
}

}  // namespace
