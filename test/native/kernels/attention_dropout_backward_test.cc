// Dropped probabilities in kernels/attention.h, their gradients.
#include "check.h"
#include "kernels/attention_slopes.h"

namespace {

using namespace xling;
using namespace xling::test;

const AttentionShape shapes[] = {
    {{0, 1, 7, 65, 200}, 3, 1, 8, -1, 0}, {{65, 0, 130}, 4, 2, 32, -1, -1}, {{7, 200, 1}, 9, 3, 72, 20, 3},
    {{150}, 2, 2, 8, 0, -1},              {{97, 65}, 4, 4, 32, 63, 0},      {{1, 1, 0}, 3, 3, 72, 0, 0},
};

TEST("attention_backward with dropout: the f64 gradients that the kernel is held to equal finite differences") {
  for (const AttentionShape& shape : slope_shapes) check_attention_truth(AttentionProblem(shape, 0.4f));
}

TEST("attention_backward with dropout: y and the gradients equal those in f64 with the formula's mask, every ISA and shape") {
  for (const auto& shape : shapes)
    for (float rate : {0.1f, 0.5f}) {
      const AttentionProblem p(shape, rate);
      const auto want = attention_truth(p);
      for (const auto* loops : all_loops()) {
        const auto got = run_attention(cpu_with(*loops, 2), p);
        // As without dropout: a score of D terms errs by sqrt(D) u in practice, times its size of a few units; p
        // and ds err as much, and sums over keys and queries add as little.
        const auto near = [](const Floats& values, const Doubles& right) {
          const double slack = 64 * 0x1p-24 * std::max(1.0, largest(right));
          for (size_t i = 0; i < right.size(); ++i) CHECK_NEAR(values[i], right[i], slack);
        };
        near(got.y, want.y);
        near(got.dq, want.dq);
        near(got.dk, want.dk);
        near(got.dv, want.dv);
      }
    }
}

TEST("attention_backward with dropout: each probability's mask is forward's, on every ISA") {
  // dy's feature d is 1 for one head of query d + turn * D of each row, so that dv has that query's
  // probabilities, dropped or not, as features of the keys.
  for (const auto& shape : shapes)
    for (int64_t head : {int64_t{0}, shape.heads - 1})
      for (int64_t turn : {int64_t{0}, *std::max_element(shape.rows.begin(), shape.rows.end()) / shape.width}) {
        AttentionProblem p(shape, 0.3f);
        p.q.assign(p.q.size(), 0);
        p.dy.assign(p.dy.size(), 0);
        Floats want(p.v.size(), 0);
        p.for_each_query([&](int64_t t, int64_t first, int64_t last) {
          const int64_t d = t - *(std::upper_bound(p.offsets.begin(), p.offsets.end(), t) - 1) - turn * p.width;
          if (d < 0 || d >= p.width) return;
          p.dy[static_cast<size_t>(p.at(t, head) + d)] = 1;
          for (int64_t j = first; j < last; ++j)
            want[static_cast<size_t>(p.key_at(j, head) + d)] = p.mask(t, head, j) / static_cast<float>(last - first);
        });
        for (const auto* loops : all_loops()) {
          const auto dv = run_attention(cpu_with(*loops, 2), p).dv;
          for (size_t i = 0; i < dv.size(); ++i) {
            CHECK_EQ(dv[i] == 0, want[i] == 0);
            CHECK_NEAR(dv[i], want[i], 32 * 0x1p-24 * want[i]);  // 1/n is exp(-log n): 2 ulp, and log n's error of half an ulp of 6
          }
        }
      }
}

TEST("attention_backward with dropout: lane code on arrays equals the ISA of that width; what is absent is left out") {
  for (const auto* isa : runnable_isas()) {
    const auto* twin = std::string(isa->isa) == "avx2" ? &emulated8 : std::string(isa->isa) == "avx512" ? &emulated16 : isa;
    for (const auto& shape : shapes) {
      const AttentionProblem p(shape, 0.1f);
      const auto all = run_attention(cpu_with(*twin, 1), p);
      const auto backend = cpu_with(*isa, 2);
      for (int wanted = 0; wanted < 8; ++wanted) {
        const PlacedAttention placed(backend, p);
        backend->run(placed.forward());
        AttentionBackward op = placed.backward();
        if (!(wanted & 1)) op.dq = {};
        if (!(wanted & 2)) op.dk = {};
        if (!(wanted & 4)) op.dv = {};
        backend->run(op);
        const auto got = placed.read();
        CHECK(got.dq == (wanted & 1 ? all.dq : Floats(p.q.size(), 0)));
        CHECK(got.dk == (wanted & 2 ? all.dk : Floats(p.k.size(), 0)));
        CHECK(got.dv == (wanted & 4 ? all.dv : Floats(p.k.size(), 0)));
      }
    }
  }
}

}  // namespace
