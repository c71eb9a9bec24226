#include "check.h"
#include "models/tiny_encoder.h"

namespace {

using namespace xling;
using namespace xling::test;

// Two anchors, their positives, and a hard negative each.
Rows triplets() {
  return {tokens_of(7, 1), tokens_of(1, 2), tokens_of(5, 3), tokens_of(13, 4), tokens_of(21, 5), tokens_of(2, 6)};
}

ContrastiveOptions two_anchors() {
  ContrastiveOptions options;
  options.anchors = 2;
  options.temperature = 0.5f;
  options.hard_negative_weight = 0.3f;
  options.directions = Directions::both;
  return options;
}

const std::vector<int32_t> keys = {11, 0, 0, 12, 0, 0, 11, 0, 1, 12, 0, 1, 11, 0, 2, 12, 0, 2};

ForwardOptions dropping(const std::vector<int32_t>& of = keys, uint32_t step = 1) {
  ForwardOptions options;
  options.dropout = {of.data(), 77, step, 0.2f, 0.3f};
  return options;
}

bool pooler_slot(const std::string& name) { return name.rfind("pooler", 0) == 0; }
bool guess_slot(const std::string& name) { return name.rfind("maskedLm", 0) == 0; }

void check_slopes(TinyEncoder& model, const std::function<float()>& loss, const std::function<bool(const std::string&)>& unused) {
  const Trainables& trainables = *model.trainables;
  model.trainables->zero_gradients();
  // An f32 loss is off by some roundings, and its slope by those over a step of 2^-5; a hundredth of the gradient is for
  // the third derivative over that step.
  const double noise = 8 * 0x1p-23 * std::abs(loss()) / 0x1p-5;
  const auto gradients = gradients_of(model, trainables);
  for (size_t entry = 0; entry < trainables.entries().size(); ++entry) {
    const bool zero = std::all_of(gradients[entry].begin(), gradients[entry].end(), [](float one) { return one == 0; });
    CHECK_EQ(zero, unused(trainables.entries()[entry].name));
  }
  // Each loss adds to the gradients, so the first one's are kept beside them.
  Trainables kept(model.backend, trainables.entries());
  for (size_t entry = 0; entry < gradients.size(); ++entry)
    model.backend->write(kept.gradient(entry).data, gradients[entry].data(), kept.gradient(entry).bytes());
  for (size_t entry = 0; entry < gradients.size(); ++entry) {
    double scale = 1e-3;  // off_slope's own
    for (const float one : gradients[entry]) scale = std::max(scale, std::abs(double(one)));
    CHECK_NEAR(off_slope(model, kept, entry, loss) * scale, 0.0, 0.01 * scale + noise);
  }
}

TEST("encoder training: the gradient of every tensor is the contrastive loss's slope, whatever is pooled") {
  const SentenceVector poolings[] = {{Pooling::mean, {3}, false}, {Pooling::first, {3}, true}, {Pooling::mean, {1, 3}, false}, {Pooling::mean, {2, 3}, true}};
  for (const SentenceVector& vector : poolings) {
    TinyEncoder model;
    check_slopes(model, [&] { return model.contrast(triplets(), vector, two_anchors()); },
                 [&](const std::string& name) { return guess_slot(name) || (pooler_slot(name) && !vector.pooler); });
  }
}

TEST("encoder training: the same under dropout, of which each mask is drawn again") {
  TinyEncoder model;
  const SentenceVector vector{Pooling::mean, {3}, false};
  const float plain = model.contrast(triplets(), vector, two_anchors());
  const float dropped = model.contrast(triplets(), vector, two_anchors(), dropping());
  CHECK(std::abs(dropped - plain) > 1e-4f);
  check_slopes(model, [&] { return model.contrast(triplets(), vector, two_anchors(), dropping()); },
               [](const std::string& name) { return guess_slot(name) || pooler_slot(name); });
}

TEST("encoder training: step, key and view decide a mask, and nothing else does") {
  TinyEncoder model;
  const SentenceVector vector{Pooling::mean, {3}, false};
  const auto loss = [&](const std::vector<int32_t>& of, uint32_t step) { return model.contrast(triplets(), vector, two_anchors(), dropping(of, step)); };
  const float want = loss(keys, 1);
  CHECK_EQ(loss(keys, 1), want);
  CHECK(loss(keys, 2) != want);
  for (size_t at : {size_t{0}, size_t{1}, size_t{2}, size_t{17}}) {
    auto other = keys;
    other[at] += 5;
    CHECK(loss(other, 1) != want);
  }
  // One sentence in two views.
  const Rows same = {tokens_of(9, 1), tokens_of(4, 2), tokens_of(9, 1), tokens_of(4, 2)};
  const auto views = [&](int32_t second) {
    const std::vector<int32_t> of = {1, 0, 0, 2, 0, 0, 1, 0, second, 2, 0, second};
    Floats out(4 * 72);
    model.runner.run(sentence_vectors({*model.encoder, same.packed(), dropping(of)}, vector, out.data()), nullptr);
    return out;
  };
  const Floats apart = views(1), one = views(0);
  CHECK(Floats(one.begin(), one.begin() + 144) == Floats(one.begin() + 144, one.end()));
  CHECK(Floats(apart.begin(), apart.begin() + 144) != Floats(apart.begin() + 144, apart.end()));
}

TEST("encoder training: the gradient of every tensor is the slope of the loss of masked tokens") {
  TinyEncoder model;
  const Rows rows = {tokens_of(7, 1), tokens_of(1, 2), tokens_of(15, 3)};
  std::vector<int32_t> labels(rows.ids.size(), -100);
  for (size_t at : {0, 3, 7, 8, 20}) labels[at] = int32_t(at * 5 + 1);
  check_slopes(model, [&] { return model.guess(rows, labels); }, pooler_slot);
  // From its own place: what stands there matters.
  std::vector<int32_t> alone(1, 4);
  CHECK(model.guess({{9}}, alone) != model.guess({{10}}, alone));
}

TEST("encoder training: blocks that run a second time in backward give the same bits in less memory") {
  TinyEncoder kept, again;
  ForwardOptions recompute = dropping();
  recompute.recompute = true;
  for (const SentenceVector& vector : {SentenceVector{Pooling::mean, {1, 3}, false}, SentenceVector{Pooling::max, {3}, false}}) {
    CHECK_EQ(kept.contrast(triplets(), vector, two_anchors(), dropping()), again.contrast(triplets(), vector, two_anchors(), recompute));
    CHECK(gradients_of(kept, *kept.trainables) == gradients_of(again, *again.trainables));
  }
  CHECK(again.runner.bytes() < kept.runner.bytes() * 3 / 4);
}

TEST("encoder training: threads 1 = 2 = 3, to the bit") {
  TinyEncoder one(whole_encoder(), 1), two, three(whole_encoder(), 3);
  const SentenceVector vector{Pooling::mean, {3}, true};
  const float loss = one.contrast(triplets(), vector, two_anchors(), dropping());
  CHECK_EQ(two.contrast(triplets(), vector, two_anchors(), dropping()), loss);
  CHECK_EQ(three.contrast(triplets(), vector, two_anchors(), dropping()), loss);
  const auto want = gradients_of(one, *one.trainables);
  CHECK(gradients_of(two, *two.trainables) == want);
  CHECK(gradients_of(three, *three.trainables) == want);
}

TEST("encoder training: the estimated workspace is what is taken, to the byte") {
  for (const bool recompute : {false, true})
    for (const SentenceVector& vector : {SentenceVector{Pooling::mean, {1, 3}, false}, SentenceVector{Pooling::first, {3}, true}}) {
      TinyEncoder model;
      const Rows rows = triplets();
      ForwardOptions how = dropping();
      how.recompute = recompute;
      const size_t need = model.runner.need(accumulate_contrastive({*model.training, rows.packed(), how}, vector, two_anchors(), nullptr));
      const size_t before = model.backend->now;
      model.contrast(rows, vector, two_anchors(), how);
      CHECK_EQ(model.backend->peak - before, need);
    }
}

}  // namespace
