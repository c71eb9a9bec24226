// Rows of several adapters, and of none, side by side: each gets the tokens
// that it would alone, through a plain forward of its own adapter.
#include "check.h"
#include "sampling/adapted_prompts.h"

namespace {

using namespace xling;
using namespace xling::test;

TEST("generator: rows have the tokens of the plain forward through their adapter, on every ISA") {
  for (const auto* loops : all_loops()) {
    TinyDecoder model(whole_spec(), 2, *loops);
    const TwoAdapters adapters(model);
    const auto prompts = mixed_prompts(9);
    const auto results = generated(model, prompts, 4, {}, adapters.layers);
    for (int32_t i = 0; i < 9; ++i) CHECK(results.at(i).ids == plain(model, prompts[size_t(i)], adapters.layers));
  }
}

TEST("generator: with two adapters and rows without any, a row alone = among 64, in any number of slots; threads 1 = 2 = 3") {
  TinyDecoder model(whole_spec(), 2), one(whole_spec(), 1), three(whole_spec(), 3);
  const TwoAdapters adapters(model), of_one(one), of_three(three);
  const auto prompts = mixed_prompts(64);
  const auto want = generated(model, prompts, 16, {}, adapters.layers);
  CHECK_EQ(want.size(), size_t{64});
  CHECK(generated(model, prompts, 1, {}, adapters.layers) == want);
  CHECK(generated(model, prompts, 64, {}, adapters.layers) == want);
  CHECK(generated(one, prompts, 7, {}, of_one.layers) == want);
  CHECK(generated(three, prompts, 16, {}, of_three.layers) == want);
  for (int32_t i : {0, 1, 3, 8, 16, 63}) CHECK(generated(model, {prompts[size_t(i)]}, 16, {}, adapters.layers).at(0) == want.at(i));

  // The adapters are no decoration: moved to another, most of the 42 rows, some of which are a token long, become others.
  for (int32_t to : {-1, 0, 1}) {
    auto moved = prompts;
    for (Prompt& prompt : moved) prompt.adapter = to;
    const auto others = generated(model, moved, 16, {}, adapters.layers);
    int same = 0, elsewhere = 0;
    for (int32_t i = 0; i < 64; ++i) (prompts[size_t(i)].adapter == to ? same : elsewhere) += others.at(i) == want.at(i);
    CHECK_EQ(same, to == -1 ? 22 : 21);
    CHECK(elsewhere < 20);
  }
}

TEST("generator: an adapter that adds nothing draws as none does, from the same stream") {
  TinyDecoder model(whole_spec(), 2);
  Adapter fresh(decoder_slots(model.decoder->spec()), model.backend, {{"layers.0.query", 4, 1}, {"layers.2.up", 2, 1}});
  fresh.initialize(3);
  const auto bare = many_prompts(5);
  auto adapted = bare;
  for (size_t i : {1, 4}) adapted[i].adapter = 0;
  CHECK(generated(model, adapted, 3, {}, {&fresh.frozen()}) == generated(model, bare, 3));
}

TEST("generator: each adapter's prompts share a beginning of their own, which changes nothing") {
  TinyDecoder model(whole_spec(), 2);
  const TwoAdapters adapters(model);
  // All begin alike, those of the second adapter for longer; it must not be copied from one adapter's rows to another's.
  std::vector<Prompt> prompts;
  for (int i = 0; i < 9; ++i) {
    auto ids = row_of(30 + 10 * (i % 3 == 2), 5);
    for (int j = 0; j <= i; ++j) ids.push_back(i * 3 + j);
    prompts.push_back(through(prompt_of(ids, 9, uint64_t(i)), i % 3 - 1));
  }
  const auto together = generated(model, prompts, 4, {}, adapters.layers);
  for (int32_t i = 0; i < 9; ++i) CHECK(together.at(i).ids == plain(model, prompts[size_t(i)], adapters.layers));
  CHECK(generated(model, prompts, 2, {}, adapters.layers) == together);
}

TEST("generator: beginnings of several adapters are read side by side, a step's tokens at a time") {
  DecoderSpec spec = whole_spec();
  spec.max_positions = 1000;
  TinyDecoder model(spec, 2);
  const TwoAdapters adapters(model);
  std::vector<Prompt> prompts;
  for (int32_t i = 0; i < 4; ++i) {
    auto ids = row_of(i % 2 ? 500 : 100, i % 2);
    ids.push_back(i);
    prompts.push_back(through(prompt_of(ids, 3, uint64_t(i)), i % 2));
  }
  Generator generator(*model.decoder, model.backend, prompts, {4, {}});
  std::map<int32_t, Result> results;
  std::vector<size_t> added;
  while (!generator.done()) {
    const auto now = generator.step(model.runner, nullptr, adapters.layers);
    added.push_back(now.size());
    collect(results, now);
  }
  // 600 tokens of beginnings are three pieces; then each row draws its three.
  CHECK(added == (std::vector<size_t>{0, 0, 0, 4, 4, 4}));
  for (int32_t i = 0; i < 4; ++i) CHECK(results.at(i).ids == plain(model, prompts[size_t(i)], adapters.layers));
}

TEST("generator: a row that samples never waits, and prompts are read in their order, whatever adapters they go through") {
  DecoderSpec spec = whole_spec();
  spec.max_positions = 1000;
  TinyDecoder model(spec, 2);
  const TwoAdapters adapters(model);
  // The second and those behind the third are packed before some that were admitted before them.
  const std::vector<Prompt> prompts = {through(prompt_of(row_of(3, 1), 6, 1), 1), through(prompt_of(row_of(300, 2), 4, 2), 0),
                                       through(prompt_of(row_of(300, 3), 4, 3), 1), through(prompt_of(row_of(40, 4), 4, 4), -1),
                                       through(prompt_of(row_of(1, 5), 6, 5), 0)};
  Generator generator(*model.decoder, model.backend, prompts, {5, {}});
  std::map<int32_t, Result> results;
  std::vector<std::vector<int32_t>> rows;
  while (!generator.done()) {
    rows.emplace_back();
    for (const auto& added : generator.step(model.runner, nullptr, adapters.layers)) {
      rows.back().push_back(added.row);
      collect(results, {added});
    }
    std::sort(rows.back().begin(), rows.back().end());
  }
  // Read are 3 + 253 tokens, 47 + 209, 91 + 40; the last prompt has nothing to read before it samples.
  const std::vector<int32_t> all = {0, 1, 2, 3, 4};
  CHECK(rows == (std::vector<std::vector<int32_t>>{{0, 4}, {0, 1, 4}, all, all, all, {0, 2, 3, 4}}));
  for (int32_t i = 0; i < 5; ++i) CHECK(results.at(i).ids == plain(model, prompts[size_t(i)], adapters.layers));
}

// Counts how often an adapter's layer is run.
class LoraCounting final : public CpuBackend {
 public:
  LoraCounting(const simd::Loops& loops, ThreadPool& pool) : CpuBackend(loops, pool), other_(loops, pool) {}
  int count = 0;

 private:
  void execute(const LoraLinear& op) override {
    ++count;
    other_.run(op);
  }
  CpuBackend other_;
};

TEST("generator: a step runs each adapter's layers once, however its rows came") {
  TinyDecoder model(whole_spec(), 2);
  const TwoAdapters adapters(model);
  const auto backend = std::make_shared<LoraCounting>(chosen_isa(), model.pool);
  Runner runner(backend);
  std::vector<Prompt> prompts;
  for (int i = 0; i < 9; ++i) prompts.push_back(through(prompt_of(row_of(2, i), 3, uint64_t(i)), i % 3 - 1));
  Generator generator(*model.decoder, backend, prompts, {9, {}});
  while (!generator.done()) {
    backend->count = 0;
    generator.step(runner, nullptr, adapters.layers);
    CHECK_EQ(backend->count, 21 + 2);
  }
}

TEST("generator: an adapter that is gone is an error of its row, once that goes on, and of no other") {
  TinyDecoder model(whole_spec(), 2);
  const TwoAdapters adapters(model);
  auto prompts = many_prompts(3);  // of 1, 6 and 11 new tokens
  prompts[1].adapter = 0, prompts[2].adapter = 1;
  const auto want = generated(model, prompts, 3, {}, adapters.layers);
  Generator generator(*model.decoder, model.backend, prompts, {3, {}});
  std::map<int32_t, Result> results;
  const auto step = [&](const Generator::Adapters& now) { collect(results, generator.step(model.runner, nullptr, now)); };
  CHECK_THROWS(ErrorCode::disposed, "row 1 goes through an adapter that has no factors", step({}));
  step(adapters.layers);
  CHECK_THROWS(ErrorCode::disposed, "row 2 goes through an adapter that has no factors", step({adapters.layers[0]}));
  CHECK_THROWS(ErrorCode::disposed, "row 1 goes through an adapter that has no factors", step({nullptr, adapters.layers[1]}));
  while (results[1].finish == Finish::none) step(adapters.layers);
  while (!generator.done()) step({nullptr, adapters.layers[1]});
  CHECK(results == want);

  std::vector<Prompt> sharing;
  for (int32_t last : {5, 6}) sharing.push_back(through(prompt_of(row_of(12, 1), 1, 0), 0)), sharing.back().ids.push_back(last);
  Generator shares(*model.decoder, model.backend, sharing, {1, {}});
  CHECK_THROWS(ErrorCode::disposed, "row 0 goes through", shares.step(model.runner, nullptr, {nullptr}));
}

TEST("generator: an adapter that learns between two steps changes what follows, not what was read") {
  TinyDecoder model(whole_spec(), 2);
  const TwoAdapters adapters(model);
  const auto prompt = through(prompt_of(row_of(12, 1), 8, 1), 0);
  const auto run = [&](int at) {
    Generator generator(*model.decoder, model.backend, {prompt}, {1, {}});
    std::map<int32_t, Result> results;
    // Factors of another adapter stand for those after a step of the optimizer.
    for (int step = 0; !generator.done(); ++step) collect(results, generator.step(model.runner, nullptr, {adapters.layers[step >= at]}));
    return results.at(0).ids;
  };
  const Ids before = run(8), after = run(3);
  CHECK(before == plain(model, prompt, adapters.layers));
  CHECK(std::equal(before.begin(), before.begin() + 3, after.begin()));
  CHECK(before != after);
}

}  // namespace
