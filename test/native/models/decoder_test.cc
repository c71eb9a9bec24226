#include "models/decoder.h"

#include <cstdlib>

#include "check.h"
#include "models/decoder_tasks.h"
#include "models/tiny_decoder.h"

namespace {

using namespace xling;
using namespace xling::test;

TEST("decoder: rows together have the bits of each alone, past the window, on every ISA") {
  for (const auto* loops : test::all_loops()) {
    TinyDecoder model(whole_spec(), 2, *loops);
    const std::vector<std::vector<int32_t>> rows = {row_of(1, 1), row_of(7, 2), {}, row_of(65, 3), row_of(13, 4)};
    for (int64_t layer : {0, 2, 3}) {
      Floats alone;
      for (const auto& row : rows) {
        const auto one = model.hidden({row}, layer);
        alone.insert(alone.end(), one.begin(), one.end());
      }
      CHECK(model.hidden(rows, layer) == alone);
      CHECK(alone != Floats(alone.size(), 0.0f));
    }
  }
}

TEST("decoder: threads 1 = 2 = 3; frozen weights give the bits of trainable ones") {
  const std::vector<std::vector<int32_t>> rows = {row_of(33, 1), row_of(70, 2)};
  TinyDecoder one(whole_spec(), 1), two(whole_spec(), 2), three(whole_spec(), 3), trainable(whole_spec(), 2, chosen_isa(), false);
  const auto want = one.hidden(rows, 3);
  CHECK(two.hidden(rows, 3) == want);
  CHECK(three.hidden(rows, 3) == want);
  CHECK(trainable.hidden(rows, 3) == want);
}

TEST("decoder: a token does not see what comes after it") {
  TinyDecoder model(whole_spec(), 2);
  auto row = row_of(40, 1);
  const auto before = model.hidden({row}, 3);
  row[30] = 5;
  const auto after = model.hidden({row}, 3);
  CHECK(Floats(before.begin(), before.begin() + 30 * 72) == Floats(after.begin(), after.begin() + 30 * 72));
  CHECK(Floats(before.begin() + 30 * 72, before.begin() + 31 * 72) != Floats(after.begin() + 30 * 72, after.begin() + 31 * 72));
}

TEST("decoder: what a task is estimated to take is what it takes") {
  for (int task = 0; task < 3; ++task) {
    TinyDecoder model(whole_spec(), 2);
    const auto ids = row_of(90, 1);
    const std::vector<int32_t> offsets = {0, 90}, places = {3, 80};
    const PackedRows rows{ids.data(), offsets.data(), 1};
    const Targets targets{places, {1, 2}};
    Floats out(90 * 131);
    const auto body = [&](float* to) {
      return task == 0   ? hidden_states({*model.decoder, rows, {}}, 3, to)
             : task == 1 ? logits_at({*model.decoder, rows, {}}, places, to)
                         : loss_sum({*model.decoder, rows, {}}, targets, to);
    };
    const size_t estimate = model.weights.bytes() + model.runner.need(body(nullptr));
    CHECK_EQ(model.backend->now, model.weights.bytes());
    model.backend->peak = 0;
    model.runner.run(body(out.data()), nullptr);
    CHECK_EQ(model.backend->peak, estimate);
  }
}

TEST("decoder: a task that is cancelled stops, and the next one runs") {
  TinyDecoder model(whole_spec(), 1);
  const auto want = model.hidden({row_of(20, 1)}, 3);
  CancelToken cancel;
  cancel.cancel();
  const auto ids = row_of(20, 1);
  const std::vector<int32_t> offsets = {0, 20};
  Floats out(20 * 72);
  CHECK_THROWS(ErrorCode::aborted, "aborted", model.runner.run(hidden_states({*model.decoder, {ids.data(), offsets.data(), 1}, {}}, 3, out.data()), &cancel));
  CHECK(model.hidden({row_of(20, 1)}, 3) == want);
}

TEST("decoder: rows that do not fit are refused and named") {
  TinyDecoder model(whole_spec(), 1);
  CHECK_THROWS(ErrorCode::invalid_argument, "row 1: id 131 at token 0 is not one of 0 to 130", model.hidden({{1}, {131}}, 3));
  CHECK_THROWS(ErrorCode::invalid_argument, "row 0: id -1 at token 2", model.hidden({{1, 2, -1}}, 3));
  CHECK_THROWS(ErrorCode::invalid_argument, "row 0 has 97 tokens but the context holds 96", model.hidden({row_of(97, 1)}, 3));
  CHECK_THROWS(ErrorCode::invalid_argument, "layer is 4 but this model has 0 (the embedding) to 3", model.hidden({{1}}, 4));
  const std::vector<int32_t> ids = {1, 2, 3}, offsets = {0, 3}, first = {7, -100, -100}, wrong = {0, 0, 131};
  const PackedRows rows{ids.data(), offsets.data(), 1};
  CHECK_THROWS(ErrorCode::no_labels, "no token has a label", next_token_targets(rows, first.data(), 131));
  CHECK_THROWS(ErrorCode::invalid_argument, "label 131 at token 2", next_token_targets(rows, wrong.data(), 131));
}

TEST("decoder: a spec that contradicts itself is refused and named") {
  const auto broken = [](const auto& change) {
    DecoderSpec spec = whole_spec();
    change(spec);
    check(spec);
  };
  CHECK_THROWS(ErrorCode::invalid_argument, "vocabSize is 0", broken([](auto& s) { s.vocab_size = 0; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "hiddenSize is 1073741825", broken([](auto& s) { s.hidden_size = (1 << 30) + 1; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "3 heads are no multiple of 2", broken([](auto& s) { s.key_value_heads = 2; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "headDim is 12", broken([](auto& s) { s.head_dim = 12; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "headDim is 264", broken([](auto& s) { s.head_dim = 264; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "a rope has 11 frequencies", broken([](auto& s) { s.ropes[1].frequencies.pop_back(); }));
  CHECK_THROWS(ErrorCode::invalid_argument, "a layer's rope is 2 but there are 2", broken([](auto& s) { s.layers[0].rope = 2; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "a layer's window is -1", broken([](auto& s) { s.layers[0].window = -1; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "normEps is 0", broken([](auto& s) { s.norm_eps = 0; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "attentionScale is nan", broken([](auto& s) { s.attention_scale = NAN; }));
}

}  // namespace
