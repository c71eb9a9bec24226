#include "models/encoder.h"

#include "check.h"
#include "models/tiny_encoder.h"

namespace {

using namespace xling;
using namespace xling::test;

const SentenceVector every_vector[] = {{Pooling::first, {3}, true},  {Pooling::first, {3}, false}, {Pooling::max, {3}, false},
                                       {Pooling::mean, {3}, false},  {Pooling::mean, {2, 3}, false}, {Pooling::mean, {1, 3}, false},
                                       {Pooling::mean, {0, 3}, true}};

TEST("encoder: rows together have the bits of each alone, on every ISA") {
  for (const auto* loops : test::all_loops()) {
    TinyEncoder model(whole_encoder(), 2, *loops);
    const std::vector<std::vector<int32_t>> rows = {tokens_of(1, 1), tokens_of(7, 2), tokens_of(65, 3), tokens_of(13, 4)};
    Rows together;
    for (const auto& row : rows) together.push(row);
    for (int64_t layer : {0, 2, 3}) {
      Floats alone;
      for (const auto& row : rows) {
        const auto one = model.hidden({row}, layer);
        alone.insert(alone.end(), one.begin(), one.end());
      }
      CHECK(model.hidden(together, layer) == alone);
    }
    for (const auto& vector : every_vector) {
      Floats alone;
      for (const auto& row : rows) {
        const auto one = model.vectors({row}, vector);
        alone.insert(alone.end(), one.begin(), one.end());
      }
      CHECK(model.vectors(together, vector) == alone);
    }
  }
}

TEST("encoder: threads 1 = 2 = 3; frozen weights give the bits of trainable ones") {
  const Rows rows = {tokens_of(33, 1), tokens_of(70, 2)};
  TinyEncoder one(whole_encoder(), 1), two, three(whole_encoder(), 3), frozen(whole_encoder(), 2, chosen_isa(), true);
  const auto want = one.hidden(rows, 3);
  CHECK(two.hidden(rows, 3) == want);
  CHECK(three.hidden(rows, 3) == want);
  CHECK(frozen.hidden(rows, 3) == want);
}

TEST("encoder: a token sees what comes after it, and its place") {
  TinyEncoder model;
  auto row = tokens_of(40, 1);
  const auto before = model.hidden({row}, 3);
  row[30] = 5;
  const auto after = model.hidden({row}, 3);
  CHECK(Floats(before.begin(), before.begin() + 72) != Floats(after.begin(), after.begin() + 72));
  const auto twice = model.hidden({{9, 9}}, 0);
  CHECK(Floats(twice.begin(), twice.begin() + 72) != Floats(twice.begin() + 72, twice.end()));
}

TEST("encoder: a vector is what its pooling says of the hidden states") {
  TinyEncoder model;
  const Rows rows = {tokens_of(5, 1), tokens_of(9, 2)};
  const Floats first = model.hidden(rows, 1), below = model.hidden(rows, 2), last = model.hidden(rows, 3);
  const auto mean = [&](const Floats& hidden, int64_t row, size_t d) {
    double sum = 0;
    for (int32_t t = rows.offsets[size_t(row)]; t < rows.offsets[size_t(row) + 1]; ++t) sum += double(hidden[size_t(t) * 72 + d]);
    return sum / (rows.offsets[size_t(row) + 1] - rows.offsets[size_t(row)]);
  };
  const auto plain = model.vectors(rows, every_vector[3]), top = model.vectors(rows, every_vector[4]), ends = model.vectors(rows, every_vector[5]);
  const auto begin = model.vectors(rows, every_vector[1]), largest = model.vectors(rows, every_vector[2]);
  for (int64_t row = 0; row < 2; ++row)
    for (size_t d = 0; d < 72; ++d) {
      const size_t at = size_t(row) * 72 + d;
      // Some ten roundings of numbers of order 1.
      CHECK_NEAR(plain[at], mean(last, row, d), 1e-6);
      CHECK_NEAR(top[at], (mean(below, row, d) + mean(last, row, d)) / 2, 1e-6);
      CHECK_NEAR(ends[at], (mean(first, row, d) + mean(last, row, d)) / 2, 1e-6);
      CHECK_EQ(begin[at], last[size_t(rows.offsets[size_t(row)]) * 72 + d]);
      float most = -1e9f;
      for (int32_t t = rows.offsets[size_t(row)]; t < rows.offsets[size_t(row) + 1]; ++t) most = std::max(most, last[size_t(t) * 72 + d]);
      CHECK_EQ(largest[at], most);
    }
}

TEST("encoder: what a task is estimated to take is what it takes") {
  for (const auto& vector : every_vector) {
    TinyEncoder model;
    const Rows rows = {tokens_of(30, 1), tokens_of(41, 2)};
    const size_t need = model.runner.need(sentence_vectors({*model.encoder, rows.packed(), {}}, vector, nullptr));
    const size_t before = model.backend->now;
    model.vectors(rows, vector);
    CHECK_EQ(model.backend->peak - before, need);
  }
}

TEST("encoder: what is wrong with rows, layers and heads is said") {
  EncoderSpec bare = whole_encoder();
  bare.pooler.reset();
  bare.masked_lm_head = false;
  TinyEncoder model(bare);
  CHECK_THROWS(ErrorCode::invalid_argument, "row 1 has 71 tokens but the context holds 70", model.hidden({tokens_of(3, 1), tokens_of(71, 1)}, 3));
  CHECK_THROWS(ErrorCode::invalid_argument, "row 0: id 131 at token 2 is not one of 0 to 130", model.hidden({{1, 2, 131}}, 3));
  CHECK_THROWS(ErrorCode::invalid_argument, "layer is 4 but this model has 0 (the embedding) to 3", model.hidden({{1}}, 4));
  CHECK_THROWS(ErrorCode::invalid_argument, "has no pooler", model.vectors({{1}}, every_vector[0]));
  CHECK_THROWS(ErrorCode::invalid_argument, "no head that guesses", model.guess({{1}}, {1}));
  CHECK_THROWS(ErrorCode::no_labels, "all are -100", model.guess({{1, 2}}, {-100, -100}));
  CHECK_THROWS(ErrorCode::invalid_argument, "row 0: label 131 at token 1", model.guess({{1, 2}}, {-100, 131}));
}

TEST("encoder: a spec that cannot be is refused, naming the property") {
  const auto broken = [](const auto& change) {
    EncoderSpec spec = whole_encoder();
    change(spec);
    check(spec);
  };
  check(whole_encoder());
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: vocabSize is 0", broken([](auto& s) { s.vocab_size = 0; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: hiddenSize is", broken([](auto& s) { s.hidden_size = int64_t{1} << 31; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: intermediateSize is -1", broken([](auto& s) { s.intermediate_size = -1; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: heads is 0", broken([](auto& s) { s.heads = 0; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: headDim is 20", broken([](auto& s) { s.head_dim = 20; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: maxPositions is 0", broken([](auto& s) { s.max_positions = 0; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: typeCount is -2", broken([](auto& s) { s.type_count = -2; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: layers is 0", broken([](auto& s) { s.layers = 0; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: normEps is 0", broken([](auto& s) { s.norm_eps = 0; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: dropout is 1", broken([](auto& s) { s.dropout = 1; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: attentionDropout is", broken([](auto& s) { s.attention_dropout = -0.1f; }));
  CHECK_THROWS(ErrorCode::invalid_argument, "encoder: pooler.outputs is 0", broken([](auto& s) { s.pooler->outputs = 0; }));
}

}  // namespace
