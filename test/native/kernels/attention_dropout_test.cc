// Dropped probabilities in kernels/attention.h, forward.
#include "check.h"
#include "kernels/attention_spelled_out.h"
#include "kernels/bytes_moved.h"

namespace {

using namespace xling;
using namespace xling::test;

// Rows of 0 tokens, of 1, and of more than a tile; grouped heads; causal, windows, bidirectional.
const AttentionShape shapes[] = {
    {{0, 1, 7, 65, 200}, 3, 1, 8, -1, 0}, {{65, 0, 130}, 4, 2, 32, -1, -1}, {{7, 200, 1}, 9, 3, 72, 20, 3}, {{200}, 2, 2, 8, 0, -1},
    {{97, 65}, 5, 5, 32, 63, 0},          {{260}, 3, 1, 72, 63, 0},         {{1, 1, 0}, 3, 3, 72, 0, 0},
};

// Every probability as an output of its own. All scores are 0, so that of n keys each has 1/n, and
// feature d of the values is 1 for key d + `turn` * width of its row and 0 for all others.
AttentionProblem one_hot(const AttentionShape& shape, float rate, int64_t turn) {
  AttentionProblem p(shape, rate);
  p.q.assign(p.q.size(), 0);
  p.v.assign(p.v.size(), 0);
  for (size_t row = 0; row < shape.rows.size(); ++row)
    for (int64_t d = 0, j = turn * p.width; d < p.width && j < shape.rows[row]; ++d, ++j)
      for (int64_t g = 0; g < p.key_heads; ++g) p.v[static_cast<size_t>(((p.offsets[row] + j) * p.key_heads + g) * p.width + d)] = 1;
  return p;
}

Floats one_hot_outputs(const AttentionProblem& p, int64_t turn) {
  Floats y(p.q.size(), 0);
  p.for_each_query([&](int64_t t, int64_t first, int64_t last) {
    const int64_t begin = *(std::upper_bound(p.offsets.begin(), p.offsets.end(), t) - 1);
    for (int64_t h = 0; h < p.heads; ++h)
      for (int64_t d = 0; d < p.width; ++d) {
        const int64_t j = begin + turn * p.width + d;
        if (j >= first && j < last) y[static_cast<size_t>(p.at(t, h) + d)] = p.mask(t, h, j) * (1 / static_cast<float>(last - first));
      }
  });
  return y;
}

TEST("attention with dropout: each probability's mask is the formula's, on every ISA") {
  for (const auto& shape : shapes) {
    const int64_t longest = *std::max_element(shape.rows.begin(), shape.rows.end());
    for (int64_t turn = 0; turn * shape.width < longest; ++turn) {
      const auto p = one_hot(shape, 0.3f, turn);
      const auto want = one_hot_outputs(p, turn);
      for (const auto* loops : all_loops()) CHECK(attend(cpu_with(*loops, 2), p).y == want);
    }
  }
}

TEST("attention with dropout: every ISA does the contract's arithmetic, to the last bit") {
  for (const auto& shape : shapes)
    for (float rate : {0x1p-40f, 0.1f, 1 - 0x1p-24f}) {
      const AttentionProblem p(shape, rate);
      const auto fused = spelled_out<Fused>(p), twice = spelled_out<Twice>(p);
      for (const auto* loops : all_loops())
        CHECK(attend(cpu_with(*loops, 2), p) == (std::string(loops->isa) == "portable" ? twice : fused));
    }
}

TEST("attention with dropout: the longest row and the most heads have their words to the end") {
  // 1 or 0: each token attends itself alone.
  const auto far = [](const AttentionShape& shape) {
    AttentionProblem p(shape, 0.5f);
    p.v.assign(p.v.size(), 1);
    const auto y = attend(cpu_with(chosen_isa(), 2), p).y;
    for (int64_t i = 0; i < 100; ++i) {
      const int64_t last = p.tokens() * p.heads - 1 - i, t = last / p.heads, h = last % p.heads;
      CHECK_EQ(y[static_cast<size_t>(p.at(t, h))], p.mask(t, h, t));
    }
  };
  far({{attention_dropout_tokens}, 1, 1, 8, 0, 0});
  far({{100}, attention_dropout_heads, 1, 8, 0, 0});
}

TEST("attention with dropout: kept keys are as many, and spread over queries, as coins thrown") {
  constexpr int64_t tokens = 400, heads = 4;
  for (float rate : {0.05f, 0.1f, 0.5f}) {
    AttentionProblem p({{tokens}, heads, 2, 8, -1, -1}, rate);
    p.q.assign(p.q.size(), 0);
    p.v.assign(p.v.size(), 1);
    const auto y = attend(cpu_with(chosen_isa(), 2), p).y;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < y.size(); i += 8) {
      const double kept = y[i] * tokens * (1 - double{rate});
      sum += kept;
      squares += kept * kept;
    }
    constexpr double queries = tokens * heads;
    const double mean = sum / queries, variance = squares / queries - mean * mean;
    const double of_query = tokens * rate * (1 - double{rate});  // binomial
    CHECK_NEAR(mean, tokens * (1 - double{rate}), 5 * std::sqrt(of_query / queries));  // five standard errors
    CHECK_NEAR(variance, of_query, 5 * of_query * std::sqrt(2.0 / queries));  // those of a normal's variance
  }
}

TEST("attention with dropout: each part of what names a mask makes another one") {
  const auto base = one_hot({{32}, 2, 1, 32, -1, -1}, 0.5f, 0);
  std::vector<AttentionProblem> others(8, base);
  others[0].masks.seed ^= 1;
  others[1].masks.seed ^= uint64_t{1} << 32;
  others[2].masks.op ^= 1;
  others[3].masks.step ^= 1;
  others[4].masks.step ^= 0x80000000u;
  others[5].names[0].view ^= 1;
  others[6].names[0].key ^= 1;
  others[7].names[0].key ^= uint64_t{1} << 32;
  const auto backend = cpu_with(chosen_isa(), 1);
  std::vector<Floats> masks{attend(backend, base).y};
  for (const auto& other : others) {
    const auto mask = attend(backend, other).y;
    for (const Floats& one : masks) {
      int differing = 0;
      for (size_t i = 0; i < mask.size(); ++i) differing += (mask[i] == 0) != (one[i] == 0);
      CHECK_NEAR(differing, 1024, 5 * 23);  // of 2048 coins, whose standard deviation is 22.6
    }
    masks.push_back(mask);
  }
}

TEST("attention with dropout: a row alone equals the same row among others, forward and backward, on every ISA") {
  for (const AttentionShape& shape : {AttentionShape{{50, 0, 3, 131, 1, 20}, 6, 2, 24, 70, 0}, {{10, 250, 0, 99}, 2, 1, 8, 60, 130}}) {
    const AttentionProblem all(shape, 0.3f);
    for (const auto* loops : all_loops()) {
      const auto backend = cpu_with(*loops, 2);
      const auto batched = run_attention(backend, all);
      for (size_t row = 0; row < shape.rows.size(); ++row) {
        const auto single = run_attention(backend, all.alone(row));
        const auto cut = [&](const Floats& values) { return all.cut(values, row); };
        CHECK((single == AttentionOutcome{cut(batched.y), cut(batched.lse), cut(batched.dq), cut(batched.dk), cut(batched.dv)}));
      }
    }
  }
}

TEST("attention with dropout: threads 1 = 2 = 3, forward and backward, to the last bit, on every ISA") {
  for (const AttentionShape& shape : {AttentionShape{{300, 60}, 3, 1, 16, -1, 0}, {{200}, 2, 2, 16, -1, -1}}) {
    const AttentionProblem p(shape, 0.1f);
    for (const auto* loops : all_loops()) {
      const auto one = run_attention(cpu_with(*loops, 1), p);
      for (int threads : {2, 3}) CHECK(run_attention(cpu_with(*loops, threads), p) == one);
    }
  }
}

TEST("attention with dropout: a rate of 0 drops nothing, whatever names the mask; lse knows of no rate") {
  for (const auto& shape : shapes) {
    const AttentionProblem p(shape), dropping(shape, 0.5f);
    for (const auto* loops : all_loops()) {
      const auto backend = cpu_with(*loops, 2);
      const auto plain = run_attention(backend, p);
      const PlacedAttention placed(backend, dropping);
      Attention forward = placed.forward();
      AttentionBackward backward = placed.backward();
      backend->run(forward);
      CHECK(placed.lse.read() == plain.lse);
      forward.dropout.rate = backward.dropout.rate = 0;
      backend->run(forward);
      backend->run(backward);
      CHECK(placed.read() == plain);
    }
  }
}

TEST("attention with dropout: bytes moved are those without, and the keys") {
  const AttentionShape shape{{3, 2}, 4, 2, 8, -1, 0};
  const AttentionProblem plain(shape), dropping(shape, 0.5f);
  const auto backend = cpu_with(chosen_isa(), 1);
  const PlacedAttention none(backend, plain), some(backend, dropping);
  CHECK_EQ(bytes_moved(some.forward()), bytes_moved(none.forward()) + 24);
  CHECK_EQ(bytes_moved(some.backward()), bytes_moved(none.backward()) + 24);
}

}  // namespace
