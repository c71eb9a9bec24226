#include "check.h"
#include "models/training_fixture.h"

namespace {

using namespace xling;
using namespace xling::test;

DecoderSpec untied_llama() {
  DecoderSpec spec = whole_spec();
  spec.norm_offset = 0, spec.after_norms = spec.query_key_norm = spec.tied_head = false;
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = false;
  spec.embedding_scale = 1, spec.logit_softcap = 0, spec.activation = Activation::silu;
  return spec;
}

TEST("training: the gradient of every tensor is the loss's slope") {
  for (const DecoderSpec& spec : {whole_spec(), untied_llama()}) {
    TrainingDecoder model(spec, 2);
    const LabelledRows batch = mixed_rows();
    const float loss = model.accumulate(batch);
    CHECK_EQ(loss, model.loss(batch));
    CHECK_EQ(model.trainables.entries().size(), decoder_slots(spec).size());
    // An f32 loss of about 150 is rounded to 2^-17, twice, over a step of 2^-5: 5e-4 of slopes of order 1; the rest is
    // the third derivative over that step.
    for (size_t entry = 0; entry < model.trainables.entries().size(); ++entry)
      CHECK_NEAR(off_slope(model, model.trainables, entry, [&] { return model.loss(batch); }), 0.0, 1e-2);
  }
}

TEST("training: blocks that run a second time in backward give the same bits in less memory") {
  TrainingDecoder kept(whole_spec(), 2), again(whole_spec(), 2);
  const LabelledRows batch = mixed_rows();
  ForwardOptions recompute;
  recompute.recompute = true;
  CHECK_EQ(kept.accumulate(batch), again.accumulate(batch, recompute));
  CHECK(gradients_of(kept, kept.trainables) == gradients_of(again, again.trainables));
  CHECK(again.runner.bytes() < kept.runner.bytes() * 3 / 4);
}

TEST("training: threads 1 = 2 = 3, to the bit") {
  TrainingDecoder one(whole_spec(), 1), two(whole_spec(), 2), three(whole_spec(), 3);
  const LabelledRows batch = mixed_rows();
  const float loss = one.accumulate(batch);
  CHECK_EQ(two.accumulate(batch), loss);
  CHECK_EQ(three.accumulate(batch), loss);
  const auto want = gradients_of(one, one.trainables);
  CHECK(gradients_of(two, two.trainables) == want);
  CHECK(gradients_of(three, three.trainables) == want);
}

TEST("training: rows one by one add up to the gradient of all together") {
  TrainingDecoder packed(whole_spec(), 2), single(whole_spec(), 2);
  LabelledRows all;
  double loss = 0;
  for (const auto& [length, unlabelled] : {std::pair(3, 0), std::pair(40, 20), std::pair(17, 1)}) {
    LabelledRows one;
    one.push(row_of(length, length), unlabelled);
    all.push(row_of(length, length), unlabelled);
    loss += single.accumulate(one);
  }
  CHECK_NEAR(packed.accumulate(all), loss, 1e-5 * loss);
  const auto want = gradients_of(packed, packed.trainables), got = gradients_of(single, single.trainables);
  // Sums of about 60 terms in another order: some 60 roundings of the largest.
  for (size_t entry = 0; entry < want.size(); ++entry) {
    float largest = 0;
    for (const float one : want[entry]) largest = std::max(largest, std::abs(one));
    for (size_t i = 0; i < want[entry].size(); ++i) CHECK_NEAR(got[entry][i], want[entry][i], 1e-5f * largest + 1e-6f);
  }
}

TEST("training: the estimated workspace is what is taken, to the byte") {
  for (const bool recompute : {false, true}) {
    TrainingDecoder model(whole_spec(), 2);
    const LabelledRows batch = mixed_rows();
    ForwardOptions options;
    options.recompute = recompute;
    const Targets targets = next_token_targets(batch.rows(), batch.labels.data(), model.training->spec().vocab_size);
    const size_t need = model.runner.need(accumulate_loss({*model.training, batch.rows(), options}, targets, nullptr));
    const size_t before = model.backend->now;
    model.accumulate(batch, options);
    CHECK_EQ(model.backend->peak - before, need);
  }
}

TEST("training: an aborted pass leaves a model that goes on") {
  TrainingDecoder model(whole_spec(), 2);
  const LabelledRows batch = mixed_rows();
  model.accumulate(batch);
  const auto want = gradients_of(model, model.trainables);
  CancelToken cancel;
  cancel.cancel();
  CHECK_THROWS(ErrorCode::aborted, "aborted", model.accumulate(batch, {}, &cancel));
  model.trainables.zero_gradients();
  model.accumulate(batch);
  CHECK(gradients_of(model, model.trainables) == want);
}

}  // namespace
