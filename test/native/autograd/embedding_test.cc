#include "autograd/embedding.h"

#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

constexpr int64_t vocab = 5, width = 3;
const std::vector<int32_t> tokens = {4, 0, 4, 2};

struct Bench {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Placed ids{backend, Shape{4}, DType::i32};
  Placed rows{backend, {vocab, width}, test::random_numbers(vocab * width, 1)}, rows_grad{backend, {vocab, width}, Floats(vocab * width, 7)};
  Placed y{backend, {4, width}}, dy{backend, {4, width}, test::random_numbers(4 * width, 2)};
  Workspace workspace{backend};
  Tape tape;
  Pass pass{*backend, workspace.arena(), &tape};

  Bench() { backend->write(Tensor(ids).data, tokens.data(), 16); }

  // y and then rows_grad as they must be, with that scale.
  void check(float scale) const {
    const Floats from = rows.read(), picked = y.read(), up = dy.read();
    Floats grad(vocab * width, 7);
    for (size_t t = 0; t < tokens.size(); ++t)
      for (size_t k = 0; k < width; ++k) {
        CHECK_EQ(picked[t * width + k], scale * from[size_t(tokens[t]) * width + k]);
        const float term = scale * up[t * width + k];
        grad[size_t(tokens[t]) * width + k] += term;
      }
    CHECK(rows_grad.read() == grad);
  }
};

TEST("embedding on the tape: a table that trains gets what its rows' users got, scaled alike; nothing is saved") {
  Bench bench;
  embedding(bench.pass, bench.ids, {test::in_rows(bench.rows), bench.rows_grad, 2.5f}, {bench.y, bench.dy});
  CHECK_EQ(bench.tape.size(), size_t{1});
  bench.tape.backward(bench.workspace.arena());
  bench.check(2.5f);
}

TEST("embedding on the tape: two tables that add to one activation both get its gradient") {
  Bench bench, alone;
  const Placed kinds{bench.backend, Shape{4}, DType::i32}, second{bench.backend, {2, width}, test::random_numbers(2 * width, 3)};
  const Placed second_grad{bench.backend, {2, width}};
  const std::vector<int32_t> kind = {1, 1, 0, 1};
  bench.backend->write(Tensor(kinds).data, kind.data(), 16);
  embedding(bench.pass, bench.ids, {test::in_rows(bench.rows), bench.rows_grad}, {bench.y, bench.dy});
  embedding(bench.pass, kinds, {test::in_rows(second), second_grad, 0.5f}, {bench.y, bench.dy}, Write::accumulate);
  embedding(alone.pass, alone.ids, {test::in_rows(alone.rows), alone.rows_grad}, {alone.y, alone.dy});
  for (Bench* each : {&bench, &alone}) each->tape.backward(each->workspace.arena());
  const Floats y = bench.y.read(), first = alone.y.read(), rows = second.read(), dy = bench.dy.read();
  Floats grad(2 * width);
  for (size_t t = 0; t < kind.size(); ++t)
    for (size_t k = 0; k < width; ++k) {
      const size_t at = static_cast<size_t>(kind[t]) * width + k;
      const float picked = 0.5f * rows[at];
      CHECK_EQ(y[t * width + k], first[t * width + k] + picked);
      grad[at] += 0.5f * dy[t * width + k];
    }
  CHECK(second_grad.read() == grad);
  CHECK(bench.rows_grad.read() == alone.rows_grad.read());
}

TEST("picking rows on the tape: an activation's gradient is added to") {
  Bench bench;
  pick_rows(bench.pass, bench.ids, {bench.rows, bench.rows_grad}, {bench.y, bench.dy});
  bench.tape.backward(bench.workspace.arena());
  bench.check(1);
}

TEST("embedding on the tape: what is frozen leaves no node, nor does inference") {
  Bench bench;
  Pass inference{*bench.backend, bench.workspace.arena()};
  embedding(bench.pass, bench.ids, {test::in_rows(bench.rows), {}}, {bench.y, {}});
  embedding(inference, bench.ids, {test::in_rows(bench.rows), bench.rows_grad}, {bench.y, {}});
  pick_rows(bench.pass, bench.ids, {bench.rows, {}}, {bench.y, {}});
  CHECK_EQ(bench.tape.size(), size_t{0});
}

}  // namespace
