// Continuous batching changes nothing: every row gets the tokens that a plain
// forward of the whole row, and one draw, would give it.
#include <limits>

#include "check.h"
#include "sampling/generation_fixture.h"

namespace {

using namespace xling;
using namespace xling::test;

TEST("generator: rows have the tokens of the plain forward, on every ISA") {
  for (const auto* loops : all_loops()) {
    TinyDecoder model(whole_spec(), 2, *loops);
    const auto prompts = many_prompts(5);
    const auto results = generated(model, prompts, 3);
    for (int32_t i = 0; i < 5; ++i) {
      CHECK(results.at(i).ids == plain(model, prompts[size_t(i)]));
      CHECK(results.at(i).finish == Finish::length);
    }
  }
}

TEST("generator: a row alone = among 64, in any number of slots; threads 1 = 2 = 3") {
  TinyDecoder model(whole_spec(), 2), one(whole_spec(), 1), three(whole_spec(), 3);
  const auto prompts = many_prompts(64);
  const auto want = generated(model, prompts, 16);
  CHECK_EQ(want.size(), size_t{64});
  CHECK(generated(model, prompts, 1) == want);
  CHECK(generated(model, prompts, 64) == want);
  CHECK(generated(one, prompts, 7) == want);
  CHECK(generated(three, prompts, 16) == want);
  for (int32_t i : {0, 1, 17, 63}) CHECK(generated(model, {prompts[size_t(i)]}, 16).at(0) == want.at(i));
}

TEST("generator: a beginning that all prompts share changes nothing") {
  TinyDecoder model(whole_spec(), 2);
  std::vector<Prompt> prompts;
  for (int i = 0; i < 6; ++i) {
    auto ids = row_of(30, 5);
    for (int j = 0; j <= i; ++j) ids.push_back(i * 3 + j);
    prompts.push_back(prompt_of(ids, 9, uint64_t(i)));
  }
  CHECK(shared_prefixes(prompts).at(0).length == 30);
  const auto together = generated(model, prompts, 2);
  for (int32_t i = 0; i < 6; ++i) CHECK(together.at(i) == generated(model, {prompts[size_t(i)]}, 1).at(0));
  // One that is the others' beginning as a whole keeps its last token to itself.
  prompts.push_back(prompt_of(row_of(30, 5), 9, 6));
  CHECK(shared_prefixes(prompts).at(0).length == 29);
  const auto seven = generated(model, prompts, 3);
  for (int32_t i = 0; i < 6; ++i) CHECK(seven.at(i) == together.at(i));
  CHECK(seven.at(6) == generated(model, {prompts[6]}, 1).at(0));
}

TEST("generator: a shared beginning longer than a step reads") {
  DecoderSpec spec = whole_spec();
  spec.max_positions = 1000;
  TinyDecoder model(spec, 2);
  std::vector<Prompt> prompts;
  for (int32_t last : {5, 6}) {
    auto ids = row_of(600, 5);
    ids.push_back(last);
    prompts.push_back(prompt_of(ids, 4, uint64_t(last)));
  }
  const auto together = generated(model, prompts, 2);
  for (int32_t i = 0; i < 2; ++i) CHECK(together.at(i).ids == plain(model, prompts[size_t(i)]));
}

TEST("generator: says which steps read prompts, and reads no more than a piece in one") {
  DecoderSpec spec = whole_spec();
  spec.max_positions = 1000;
  TinyDecoder model(spec, 2);
  auto one = row_of(600, 5), two = one;
  one.push_back(3), two.push_back(4);
  Generator generator(*model.decoder, model.backend, {prompt_of(one, 3, 1), prompt_of(two, 3, 2)}, {1, {}});
  std::vector<bool> reads;
  std::vector<size_t> added;
  while (!generator.done()) {
    reads.push_back(generator.reads_prompts());
    added.push_back(generator.step(model.runner, nullptr).size());
  }
  // Three pieces of the 600, then each row its last token and two more.
  CHECK(reads == (std::vector<bool>{true, true, true, true, false, false, true, false, false}));
  CHECK(added == (std::vector<size_t>{0, 0, 0, 1, 1, 1, 1, 1, 1}));
}

TEST("generator: more logits than are made at once") {
  DecoderSpec spec;
  spec.vocab_size = 300000, spec.hidden_size = 8, spec.intermediate_size = 8;
  spec.heads = spec.key_value_heads = 1, spec.head_dim = 8, spec.max_positions = 96;
  spec.norm_eps = 1e-5f, spec.attention_scale = 0.3f, spec.activation = Activation::silu;
  spec.ropes = {{{1, 0.1f, 0.01f, 0.001f}, 1}};
  spec.layers = {{0, 0}};
  TinyDecoder model(spec, 2);
  std::vector<Prompt> prompts;
  for (int i = 0; i < 60; ++i) prompts.push_back(prompt_of(row_of(1 + i % 4, i), 2, uint64_t(i), {i % 2 ? 0.0f : 1.0f, 0.9f, 0, 1.3f}));
  const auto want = generated(model, prompts, 10);
  CHECK(generated(model, prompts, 60) == want);
}

TEST("generator: a context that goes round its rings many times, prompts read in pieces") {
  DecoderSpec spec = whole_spec();
  spec.max_positions = 1000;
  TinyDecoder model(spec, 2);
  const std::vector<Prompt> prompts = {prompt_of(row_of(900, 1), 12, 1), prompt_of(row_of(700, 2), 12, 2), prompt_of(row_of(3, 3), 30, 3)};
  const auto results = generated(model, prompts, 3);
  for (int32_t i = 0; i < 3; ++i) CHECK(results.at(i).ids == plain(model, prompts[size_t(i)]));
  // Two layers look back 8 tokens and need no room for 912.
  const KvCache all(model.backend, spec, {1, 912, 256});
  CHECK_EQ(all.layers()[0].keys.shape[2], int64_t{288});
  CHECK_EQ(all.layers()[1].keys.shape[2], int64_t{960});
}

TEST("generator: a stop ends its row and is not part of it; the context's end is an end") {
  TinyDecoder model(whole_spec(), 2);
  const auto prompt = prompt_of(row_of(4, 1), 20, 1);
  const Ids all = plain(model, prompt);
  const int32_t stop = all[6];
  const auto first = std::find(all.begin(), all.end(), stop);
  const auto stopped = generated(model, {prompt}, 1, {999, stop}).at(0);
  CHECK(stopped.ids == Ids(all.begin(), first));
  CHECK(stopped.finish == Finish::stop);
  const auto full = generated(model, {prompt_of(row_of(90, 1), 1000, 1)}, 1).at(0);
  CHECK_EQ(full.ids.size(), size_t{6});
  CHECK(full.finish == Finish::length);
}

TEST("generator: rows that are dropped leave the others as they were") {
  TinyDecoder model(whole_spec(), 2);
  const auto prompts = many_prompts(12);
  const auto want = generated(model, prompts, 4);
  Generator generator(*model.decoder, model.backend, prompts, {4, {}});
  std::map<int32_t, Result> results;
  collect(results, generator.step(model.runner, nullptr));
  for (int32_t row : {1, 11, 11, 99, -1}) generator.drop(row);
  while (!generator.done()) collect(results, generator.step(model.runner, nullptr));
  CHECK(results.find(11) == results.end());
  for (const auto& [row, result] : results) CHECK(row == 1 || result == want.at(row));
}

TEST("generator: a step that was aborted can be taken again") {
  TinyDecoder model(whole_spec(), 2);
  const auto prompts = many_prompts(5);
  const auto want = generated(model, prompts, 2);
  Generator generator(*model.decoder, model.backend, prompts, {2, {}});
  CancelToken cancelled;
  cancelled.cancel();
  std::map<int32_t, Result> results;
  while (!generator.done()) {
    CHECK_THROWS(ErrorCode::aborted, "aborted", generator.step(model.runner, &cancelled));
    collect(results, generator.step(model.runner, nullptr));
  }
  CHECK(results == want);
}

TEST("generator: no prompts are done at once") {
  TinyDecoder model(whole_spec(), 1);
  CHECK(Generator(*model.decoder, model.backend, {}, {4, {}}).done());
}

TEST("generator: prompts that cannot be continued are refused, by index") {
  TinyDecoder model(whole_spec(), 1);
  const auto refused = [&](const Prompt& prompt, const char* what) {
    CHECK_THROWS(ErrorCode::invalid_argument, what,
                 Generator(*model.decoder, model.backend, {prompt_of({1}, 1, 0), prompt}, {4, {}}));
  };
  refused(prompt_of({}, 1, 0), "prompt 1 is empty");
  refused(prompt_of(row_of(96, 1), 1, 0), "prompt 1 has 96 tokens, which leave no room in the context of 96");
  refused(prompt_of({1}, 0, 0), "prompt 1 asks for 0 new tokens");
  refused({{1}, 1, 0, 0, warm, 0, -2}, "prompt 1 goes through adapter -2; they count from 0");
  Generator generator(*model.decoder, model.backend, {prompt_of({131}, 1, 0)}, {1, {}});
  CHECK_THROWS(ErrorCode::invalid_argument, "id 131 at token 0 is not one of 0 to 130", generator.step(model.runner, nullptr));
}

TEST("generator: logits that are no numbers are an error of their row") {
  TinyDecoder model(whole_spec(), 1);
  const Weight head = model.decoder->head_parameters().weight;
  Floats broken(size_t(head.rows * head.cols), std::numeric_limits<float>::quiet_NaN());
  model.backend->write_weight(head, broken.data());
  Generator generator(*model.decoder, model.backend, {prompt_of({1, 2}, 1, 0)}, {1, {}});
  CHECK_THROWS(ErrorCode::non_finite, "row 0: no token can be drawn at place 2", generator.step(model.runner, nullptr));
}

}  // namespace
