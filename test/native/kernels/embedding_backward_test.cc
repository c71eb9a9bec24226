#include "check.h"
#include "kernels/embedding.h"
#include "kernels/fixture.h"
#include "kernels/linear.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

struct Problem {
  int64_t tokens, vocab, width;
  std::vector<int32_t> ids;
  Floats dy, start;

  Problem(int64_t t, int64_t v, int64_t d) : tokens(t), vocab(v), width(d) {
    for (int64_t i = 0; i < t; ++i) ids.push_back(static_cast<int32_t>(i * i * 31 % v));  // repeated, out of order
    dy = test::random_numbers(static_cast<size_t>(t * d), 1);
    start = test::random_numbers(static_cast<size_t>(v * d), 2);
  }
};

Placed placed_ids(const std::shared_ptr<Backend>& backend, const std::vector<int32_t>& ids) {
  Placed placed(backend, {static_cast<int64_t>(ids.size())}, DType::i32);
  backend->write(Tensor(placed).data, ids.data(), 4 * ids.size());
  return placed;
}

Floats run(const std::shared_ptr<Backend>& backend, const Problem& p, float scale = 1) {
  const Placed dy(backend, {p.tokens, p.width}, p.dy), dw(backend, {p.vocab, p.width}, p.start);
  backend->run(EmbeddingBackward{placed_ids(backend, p.ids), dy, dw, scale});
  return dw.read();
}

const int64_t shapes[][3] = {{50, 7, 65}, {300, 1031, 72}, {9, 1, 1}, {1, 5, 640}, {20, 20, 7}, {0, 3, 8}, {3, 4, 0}};

TEST("embedding_backward: each entry is one chain over the tokens, whatever the ISA and the threads") {
  for (const auto& [tokens, vocab, width] : shapes)
    for (float scale : {1.0f, 25.25f}) {
      const Problem p(tokens, vocab, width);
      Floats want = p.start;
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t k = 0; k < width; ++k) {
          const float term = scale * p.dy[size_t(t * width + k)];
          want[size_t(p.ids[size_t(t)] * width + k)] += term;
        }
      for (const auto* loops : test::all_loops())
        for (int threads : {1, 2, 3}) CHECK(run(test::cpu_with(*loops, threads), p, scale) == want);
    }
}

TEST("embedding_backward: is the product with the transpose of one-hot rows") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const Problem p(50, 7, 65);
  Floats rows(50 * 7);
  for (size_t t = 0; t < 50; ++t) rows[t * 7 + size_t(p.ids[t])] = 1;
  const Placed one_hot(backend, {50, 7}, rows), dy(backend, {50, 65}, p.dy), dw(backend, {7, 65}, p.start);
  backend->run(LinearWeightGrad{dy, one_hot, dw, {}});
  CHECK(run(backend, p) == dw.read());
}

TEST("embedding_backward: what does not fit is refused and named, and nothing is written") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed dy(backend, {2, 7}, Floats(14, 1)), dw(backend, {3, 7}), wide(backend, {3, 8}), half(backend, {3, 7}, DType::bf16);
  const Placed ids = placed_ids(backend, {1, 2}), above = placed_ids(backend, {1, 3}), below = placed_ids(backend, {-1, 0});
  const auto add = [&](Tensor which, Tensor from, Tensor to) { backend->run(EmbeddingBackward{which, from, to, 1}); };
  CHECK_THROWS(ErrorCode::invalid_argument, "embedding_backward: id 3 at position 1 is not one of 0 to 2", add(above, dy, dw));
  CHECK_THROWS(ErrorCode::invalid_argument, "id -1 at position 0", add(below, dy, dw));
  CHECK(dw.read() == Floats(21, 0));
  CHECK_THROWS(ErrorCode::invalid_dtype, "ids is f32 but must be i32", add(Placed(backend, Shape{2}), dy, dw));
  CHECK_THROWS(ErrorCode::invalid_shape, "ids is [2, 7] but must be [T]", add(dy, dy, dw));
  CHECK_THROWS(ErrorCode::invalid_shape, "dy is [3, 7] but must be [2, 7]", add(ids, half, dw));
  CHECK_THROWS(ErrorCode::invalid_shape, "dy is [2] but must be [T, D]", add(ids, ids, dw));
  CHECK_THROWS(ErrorCode::invalid_shape, "dw is [3, 8] but must be [3, 7]", add(ids, dy, wide));
  CHECK_THROWS(ErrorCode::invalid_shape, "dw is [2] but must be [V, D]", add(ids, dy, ids));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dw is bf16", add(ids, dy, half));
  CHECK_THROWS(ErrorCode::invalid_argument, "dw lies over one of its inputs", add(ids, dy, dy));
}

}  // namespace
