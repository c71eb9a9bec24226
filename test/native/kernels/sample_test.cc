#include "kernels/sample.h"

#include <cfloat>

#include "check.h"
#include "kernels/sample_row_by_row.h"

namespace {

using namespace xling;
using test::SampledRow;
using Floats = std::vector<float>;
using Ids = std::vector<int32_t>;

// Logits of as many kinds as there are ways to cut them: spread, many equal,
// rising to the last id, all equal, part of them impossible, near each other, far apart.
Floats logits_of_kind(int kind, int64_t vocab, uint32_t stream) {
  Floats z = test::random_numbers(size_t(vocab), stream);
  for (size_t i = 0; i < z.size(); ++i) switch (kind) {
      case 0: z[i] *= 3; break;
      case 1: z[i] = std::round(2 * z[i]) / 2; break;
      case 2: z[i] = float(i) * 12 / float(vocab) - 4; break;
      case 3: z[i] = -1.5f; break;
      case 4: z[i] = i % 3 == 1 ? -INFINITY : z[i]; break;
      case 5: z[i] = 10 + z[i] * 1e-4f; break;
      case 6: z[i] = (i % 5 == 0 ? FLT_MAX : 1e30f) * z[i] / 4; break;
    }
  return z;
}
constexpr int kinds = 7;

// Every combination of settings, each with logits of its own, of this kind.
std::vector<SampledRow> every_combination(int kind, int32_t vocab) {
  std::vector<SampledRow> rows;
  for (float temperature : {0.0f, 0.3f, 1.0f, 30.0f})
    for (int32_t top_k : {0, 1, 5, 70, vocab, vocab + 3})
      for (float top_p : {1.0f, 0.95f, 0.4f, 1e-6f})
        for (float min_p : {0.0f, 0.05f, 1.0f})
          for (float penalty : {1.0f, 1.3f, 0.6f}) {
            SampledRow row;
            row.position = int32_t(rows.size());
            row.logits = logits_of_kind(kind, vocab, uint32_t(100 + rows.size()));
            row.settings = {temperature, top_p, min_p, penalty};
            row.top_k = top_k;
            for (int32_t id : {2, 5, 2, 0, vocab - 1, 2}) row.history.push_back(id % vocab);
            rows.push_back(row);
          }
  return rows;
}

TEST("sample: every combination of filters gives the id of the plain definition, on every ISA") {
  for (int32_t vocab : {1, 2, 7, 64, 129, 1031})
    for (int kind = 0; kind < kinds; ++kind) {
      if (vocab == 1031 && kind > 1) continue;  // what a tail of a chunk does, smaller ones have shown
      const auto rows = every_combination(kind, vocab);
      Ids want;
      for (const SampledRow& row : rows) want.push_back(test::sampled_plainly(row));
      for (const auto* loops : test::all_loops()) {
        const Ids got = test::sampled_ids(test::cpu_with(*loops, 2), rows);
        for (size_t r = 0; r < rows.size(); ++r) CHECK_EQ(got[r], want[r]);
      }
    }
}

TEST("sample: a vocabulary of many chunks, cut anywhere") {
  const int32_t vocab = 65537;
  std::vector<SampledRow> rows;
  for (int kind = 0; kind < kinds; ++kind)
    for (const auto& [top_k, top_p, min_p] :
         {std::tuple<int32_t, float, float>{0, 1, 0}, {64, 0.95f, 0}, {0, 0.95f, 0}, {0, 0.01f, 0}, {0, 1, 0.02f},
          {1025, 1, 0}, {1026, 0.5f, 0}, {65536, 1, 0.5f}, {3, 1, 0}}) {
      SampledRow row;
      row.logits = logits_of_kind(kind, vocab, uint32_t(rows.size()));
      row.settings.top_p = top_p, row.settings.min_p = min_p, row.top_k = top_k;
      row.key = rows.size();
      rows.push_back(row);
    }
  Ids want;
  for (const SampledRow& row : rows) want.push_back(test::sampled_plainly(row));
  for (const auto* loops : test::all_loops()) CHECK(test::sampled_ids(test::cpu_with(*loops, 2), rows) == want);
}

TEST("sample: a row alone is as among 64 others; threads 1 = 2 = 3") {
  for (const auto* loops : test::all_loops()) {
    auto rows = every_combination(0, 513);
    rows.resize(65);
    for (size_t r = 0; r < rows.size(); ++r) rows[r].settings.temperature = 1.3f;
    const Ids all = test::sampled_ids(test::cpu_with(*loops, 1), rows);
    for (int threads : {2, 3}) CHECK(test::sampled_ids(test::cpu_with(*loops, threads), rows) == all);
    for (size_t r : {0, 31, 64}) CHECK_EQ(test::sampled_id(test::cpu_with(*loops, 2), rows[r]), all[r]);
  }
}

TEST("sample: greedy takes the largest penalised logit, the lowest id of equals, and no filter matters") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 1);
    SampledRow row;
    row.logits = Floats(200, -3);
    row.logits[70] = row.logits[71] = row.logits[150] = 4;
    row.settings = {0, 1e-6f, 1, 1};
    row.top_k = 1;
    CHECK_EQ(test::sampled_id(backend, row), 70);
    row.settings.repetition_penalty = 2;
    row.history = {70, 71, 70, 70};  // 4 becomes 2, once
    CHECK_EQ(test::sampled_id(backend, row), 150);
    row.logits[150] = 1.5f;
    CHECK_EQ(test::sampled_id(backend, row), 70);
    row.logits.assign(200, -3);
    row.history = {0, 1, 2};  // -3 becomes -6
    CHECK_EQ(test::sampled_id(backend, row), 3);
    row.settings.repetition_penalty = 0.5f;  // -3 becomes -1.5
    row.history = {9, 8};
    CHECK_EQ(test::sampled_id(backend, row), 8);
  }
}

TEST("sample: NaN, infinities and rows without a choice") {
  for (const auto* loops : test::all_loops())
    for (float temperature : {0.0f, 1.0f})
      for (size_t vocab : {1, 3, 64, 200}) {
        const auto backend = test::cpu_with(*loops, 1);
        SampledRow row;
        row.settings = {temperature, 0.5f, 0.1f, 1.3f};
        row.top_k = 2;
        row.history = {0};
        const size_t last = vocab - 1;
        const auto id_with = [&](float rest, std::vector<std::pair<size_t, float>> put) {
          row.logits.assign(vocab, rest);
          for (auto [at, value] : put) row.logits[at] = value;
          return test::sampled_id(backend, row);
        };
        CHECK_EQ(id_with(-INFINITY, {}), -1);
        CHECK_EQ(id_with(0, {{last, NAN}}), -1);
        CHECK_EQ(id_with(INFINITY, {{last, NAN}}), -1);
        CHECK_EQ(id_with(-INFINITY, {{last, NAN}}), -1);
        CHECK_EQ(id_with(NAN, {}), -1);
        // Of a history's id the penalty's product overflows.
        CHECK_EQ(id_with(-INFINITY, {{last, -FLT_MAX}}), (last == 0 ? -1 : int32_t(last)));
        CHECK_EQ(id_with(0, {{last, INFINITY}}), int32_t(last));
        CHECK_EQ(id_with(0, {{last, INFINITY}, {vocab / 2, INFINITY}}), int32_t(vocab / 2));
        CHECK_EQ(id_with(INFINITY, {}), 0);
      }
}

TEST("sample: logits stay as they are; no rows is no work") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    CHECK(test::sampled_ids(backend, test::PackedRows(5, {})).empty());
    const Floats given = test::random_numbers(100, 1);
    const auto one = [&](std::initializer_list<int32_t> values) {
      return test::placed_ints(backend, Shape{int64_t(values.size())}, values);
    };
    const test::Placed logits(backend, {1, 100}, given), settings(backend, {1, 4}, Floats{1, 0.9f, 0.1f, 1.5f});
    const auto top_k = one({5}), history = one({1, 2, 3}), offsets = one({0, 3}), position = one({0}), id = one({-7});
    const test::Placed words = test::placed_ints(backend, {1, 2}, {1, 2});
    backend->run(Sample{logits, settings, top_k, history, offsets, words, words, position, id});
    CHECK(logits.read() == given);
  }
}

}  // namespace
