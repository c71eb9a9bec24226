#include "kernels/adapter_merge.h"

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
  int64_t outputs, inputs, rank;
  Floats a, b, w;
  float scale = -1.7f;

  Problem(int64_t n, int64_t k, int64_t r) : outputs(n), inputs(k), rank(r) {
    a = test::random_numbers(size_t(r * k), 1);
    b = test::random_numbers(size_t(n * r), 2);
    w = test::random_numbers(size_t(n * k), 3);
  }
};

Floats run(const std::shared_ptr<Backend>& backend, const Problem& p) {
  const Placed a(backend, {p.rank, p.inputs}, p.a), b(backend, {p.outputs, p.rank}, p.b), w(backend, {p.outputs, p.inputs}, p.w);
  backend->run(AdapterMerge{a, b, w, p.scale});
  return w.read();
}

// The contract to the letter; portable lanes round a product before they add it.
Floats by_contract(const simd::Loops& loops, const Problem& p) {
  const bool fused = std::string(loops.isa) != "portable";
  const auto multiply_add = [&](float x, float y, float z) { return fused ? std::fma(x, y, z) : x * y + z; };
  Floats out = p.w;
  for (int64_t n = 0; n < p.outputs; ++n)
    for (int64_t k = 0; k < p.inputs; ++k) {
      float sum = 0;
      for (int64_t r = 0; r < p.rank; ++r) sum = multiply_add(p.b[n * p.rank + r], p.a[r * p.inputs + k], sum);
      float& w = out[n * p.inputs + k];
      w = multiply_add(p.scale, sum, w);
    }
  return out;
}

TEST("adapter_merge: every number is its contract's, to the last bit, on every ISA") {
  for (int64_t rank : {0, 1, 3, 8, 65})
    for (const auto& [outputs, inputs] : {std::tuple(0, 5), std::tuple(5, 0), std::tuple(1, 1), std::tuple(33, 129), std::tuple(64, 72),
                                          std::tuple(71, 333)}) {
      const Problem p(outputs, inputs, rank);
      for (const auto* loops : test::all_loops()) CHECK(run(test::cpu_with(*loops, 2), p) == by_contract(*loops, p));
    }
}

TEST("adapter_merge: threads 1 = 2 = 3, to the last bit, on every ISA") {
  const Problem p(201, 301, 8);
  for (const auto* loops : test::all_loops()) {
    const Floats one = run(test::cpu_with(*loops, 1), p);
    for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p) == one);
  }
}

// A sum of many small terms beside a large weight would lose each of them, were it not made first.
TEST("adapter_merge: a small change of a large weight is rounded once") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const int64_t rank = 64;
  const float small = 1.0f / (1 << 24);  // half an ulp of 1, which rounds to nothing by itself
  const Placed a(backend, {rank, 1}, Floats(rank, small)), b(backend, {1, rank}, Floats(rank, 1.0f)), w(backend, {1, 1}, Floats{1.0f});
  backend->run(AdapterMerge{a, b, w, 1.0f});
  CHECK(w.read()[0] == 1.0f + rank * small);
}

TEST("adapter_merge: refuses what does not fit, by name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed a(backend, {3, 6}), b(backend, {5, 3}), w(backend, {5, 6});
  const AdapterMerge fitting{a, b, w, 2.0f};
  struct Case {
    Tensor AdapterMerge::*tensor;
    Shape shape;
    const char* text;
  };
  for (const auto& [tensor, shape, text] : {Case{&AdapterMerge::a, {18}, "a is [18] but must be a matrix"},
                                            Case{&AdapterMerge::b, {5, 3, 1}, "b is [5, 3, 1] but must be a matrix"},
                                            Case{&AdapterMerge::b, {5, 2}, "b is [5, 2] but must be [5, 3]"},
                                            Case{&AdapterMerge::w, {5, 5}, "w is [5, 5] but must be [5, 6]"},
                                            Case{&AdapterMerge::w, {4, 6}, "w is [4, 6] but must be [5, 6]"}}) {
    AdapterMerge op = fitting;
    (op.*tensor).shape = shape;
    CHECK_THROWS(ErrorCode::invalid_shape, text, backend->run(op));
  }
  for (Tensor AdapterMerge::*tensor : {&AdapterMerge::a, &AdapterMerge::b, &AdapterMerge::w}) {
    AdapterMerge op = fitting;
    (op.*tensor).dtype = DType::bf16;
    CHECK_THROWS(ErrorCode::invalid_dtype, "adapter_merge", backend->run(op));
  }
  for (float scale : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    AdapterMerge op = fitting;
    op.scale = scale;
    CHECK_THROWS(ErrorCode::invalid_argument, "adapter_merge: scale is", backend->run(op));
  }
  for (Tensor AdapterMerge::*under : {&AdapterMerge::a, &AdapterMerge::b}) {
    AdapterMerge op = fitting;
    op.w.data = (op.*under).data;
    CHECK_THROWS(ErrorCode::invalid_argument, "adapter_merge: w lies over one of its inputs", backend->run(op));
  }
}

}  // namespace
