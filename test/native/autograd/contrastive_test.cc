#include "autograd/contrastive.h"

#include "backend/counting_backend.h"
#include "backend/workspace.h"
#include "check.h"
#include "kernels/contrastive_fixture.h"

namespace {

using namespace xling;
using test::ContrastiveProblem;
using test::Placed;
using Floats = std::vector<float>;

constexpr size_t mebi = size_t{1} << 20;

struct Bench {
  ContrastiveProblem problem{5, 7, 1};
  ContrastiveOptions options{5, 0.125f, 0.5f, Directions::both};
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 2);
  Placed x{backend, {15, 7}, problem.x}, dx{backend, {15, 7}, Floats(15 * 7, 5)}, loss{backend, Shape{1}};
  Workspace workspace{backend};
  Tape tape;

  Bench() {
    problem.scale = 8, problem.weight = 0.5f, problem.directions = Directions::both;
    workspace.reserve(1 << 16);
  }
  test::ContrastiveOutcome want() const { return test::run(backend, problem); }
  Pass training() { return {*backend, workspace.arena(), &tape}; }
  Pass inference() { return {*backend, workspace.arena()}; }
};

TEST("contrastive in a pass: value and gradient are the kernel's, made at once; nothing is recorded or kept") {
  Bench bench;
  Pass pass = bench.training();
  contrastive(pass, {bench.x, bench.dx}, bench.options, bench.loss);
  CHECK(bench.loss.read() == bench.want().loss);
  CHECK(bench.dx.read() == bench.want().dx);  // and not added to what was there
  CHECK_EQ(bench.tape.size(), size_t{0});
  CHECK_EQ(bench.workspace.arena().left() + bench.workspace.arena().right(), size_t{0});
}

TEST("contrastive in a pass: without a tape, or where nothing upstream trains, there is a loss and no gradient") {
  Bench bench;
  Pass infers = bench.inference(), trains = bench.training();
  contrastive(infers, {bench.x, bench.dx}, bench.options, bench.loss);
  CHECK(bench.loss.read() == bench.want().loss);
  CHECK(bench.dx.read() == Floats(15 * 7, 5));
  bench.backend->zero(Tensor(bench.loss).data, 4);
  contrastive(trains, {bench.x, {}}, bench.options, bench.loss);
  CHECK(bench.loss.read() == bench.want().loss);
}

TEST("contrastive in a pass: a counting device counts the arena's peak of a real one") {
  Bench bench;
  CountingBackend counting(*bench.backend);
  const auto peak_on = [&](Backend& backend, Workspace& workspace) {
    Tape tape;
    Pass pass{backend, workspace.arena(), &tape};
    contrastive(pass, {bench.x, bench.dx}, bench.options, bench.loss);
    return workspace.arena().peak();
  };
  const std::shared_ptr<Backend> same(std::shared_ptr<void>(), &counting);
  Workspace counted(same);
  counted.reserve(1 << 30);
  const size_t want = 448 + 256;  // 15 rows of 7 and 5 of 10, in whole lines of 64
  CHECK_EQ(peak_on(counting, counted), want);
  CHECK_EQ(peak_on(*bench.backend, bench.workspace), want);
}

// Bytes that the logits of a batch take.
size_t logits_of(int64_t anchors, int64_t blocks) {
  const auto real = test::cpu_with(chosen_isa(), 1);
  CountingBackend counting(*real);
  const std::shared_ptr<Backend> same(std::shared_ptr<void>(), &counting);
  Workspace workspace(same);
  workspace.reserve(size_t{1} << 40);
  const int64_t width = 16, rows = anchors * (1 + blocks);
  const auto tensor = [&](const Shape& shape) {
    Tensor out{nullptr, shape, DType::f32};
    out.data = counting.allocate(out.bytes());
    return out;
  };
  Pass pass{counting, workspace.arena()};
  contrastive(pass, {tensor({rows, width}), {}}, {anchors}, tensor({1}));
  CHECK_EQ(counting.ops(), uint64_t{1});
  return workspace.arena().peak() - size_t(rows * width) * 4;
}

TEST("contrastive in a pass: logits are kept while they fit 128 MiB, beyond they take 32 MiB, and never less than a row") {
  CHECK_EQ(logits_of(4096, 1), 64 * mebi);
  CHECK_EQ(logits_of(4096, 2), 128 * mebi);
  CHECK_EQ(logits_of(4096, 3), size_t{682 * 3 * 4096 * 4});
  CHECK_EQ(logits_of(4096 + 1024, 2), size_t{819 * 2 * 5120 * 4});
  CHECK_EQ(logits_of(32768, 1), 32 * mebi);
  CHECK_EQ(logits_of(1 << 24, 1), 64 * mebi);
}

TEST("contrastive in a pass: what does not fit is refused before anything is sized by it") {
  Bench bench;
  Pass pass = bench.training();
  const auto with = [&](const Tensor& x, auto ContrastiveOptions::*field, auto value) {
    ContrastiveOptions options = bench.options;
    options.*field = value;
    contrastive(pass, {x, {}}, options, bench.loss);
  };
  using Options = ContrastiveOptions;
  const auto with_anchors = [&](int64_t anchors) { with(bench.x, &Options::anchors, anchors); };
  for (int64_t anchors : {int64_t{0}, int64_t{-1}, int64_t{8}, INT64_MAX, INT64_MIN})
    CHECK_THROWS(ErrorCode::invalid_shape, "x is [15, 7] but must be [R, d], R twice", with_anchors(anchors));
  const Tensor flat{Tensor(bench.x).data, {105}, DType::f32};
  CHECK_THROWS(ErrorCode::invalid_shape, "x is [105] but must be [R, d], R twice", with(flat, &Options::anchors, int64_t{5}));
  CHECK_THROWS(ErrorCode::invalid_shape, "of 4 anchors there must be 8", with_anchors(4));
  const auto with_temperature = [&](float temperature) { with(bench.x, &Options::temperature, temperature); };
  for (float temperature : {0.0f, -0.05f, 1e-40f, INFINITY, NAN})
    CHECK_THROWS(ErrorCode::invalid_argument, "contrastive: temperature is ", with_temperature(temperature));
  CHECK_THROWS(ErrorCode::invalid_argument, "hardNegativeWeight is nan", with(bench.x, &Options::hard_negative_weight, NAN));
  CHECK_EQ(bench.workspace.arena().right(), size_t{0});
}

}  // namespace
