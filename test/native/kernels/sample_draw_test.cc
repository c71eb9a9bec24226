// What is random about `sample`: frequencies, and what a draw depends on.
#include "check.h"
#include "kernels/sample_row_by_row.h"

namespace {

using namespace xling;
using test::SampledRow;

// Pearson's statistic of draws at positions from 0 on against these probabilities.
double chi_square(const SampledRow& row, const std::vector<double>& probabilities) {
  constexpr int draws = 40000;
  std::vector<SampledRow> rows(draws, row);
  for (int i = 0; i < draws; ++i) rows[size_t(i)].position = i;
  std::vector<double> seen(probabilities.size());
  for (int32_t id : test::sampled_ids(test::cpu_with(chosen_isa(), 2), rows)) ++seen.at(size_t(id));
  double sum = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    const double expected = draws * probabilities[i];
    if (expected == 0) CHECK_EQ(seen[i], 0.0);
    if (expected > 0) sum += (seen[i] - expected) * (seen[i] - expected) / expected;
  }
  return sum;
}

// The probabilities of these ids alone.
std::vector<double> softmax_of(const std::vector<float>& z, double temperature, const std::vector<int32_t>& ids) {
  std::vector<double> out(z.size());
  double total = 0;
  for (int32_t id : ids) total += out[size_t(id)] = std::exp(z[size_t(id)] / temperature);
  for (double& p : out) p /= total;
  return out;
}

// One draw in a million of the statistic with 5, and with 2, degrees of freedom is above.
constexpr double limit5 = 35.9, limit2 = 27.6;

TEST("sample: frequencies are the softmax's, and the filtered softmax's") {
  SampledRow row;
  row.logits = {1, -0.5f, 0, 2, -2, 1.5f};
  CHECK(chi_square(row, softmax_of(row.logits, 1, {0, 1, 2, 3, 4, 5})) < limit5);
  CHECK(chi_square(row, softmax_of(row.logits, 1.1, {0, 1, 2, 3, 4, 5})) > limit5);  // the bound is near enough to see it
  row.settings.temperature = 1.7f;
  CHECK(chi_square(row, softmax_of(row.logits, 1.7, {0, 1, 2, 3, 4, 5})) < limit5);
  row.top_k = 3;
  CHECK(chi_square(row, softmax_of(row.logits, 1.7, {0, 3, 5})) < limit2);
  row.top_k = 0, row.settings.min_p = 0.5f;  // of the largest: logits within 1.7 log 2 = 1.18 of it
  CHECK(chi_square(row, softmax_of(row.logits, 1.7, {0, 3, 5})) < limit2);
  row.settings.min_p = 0, row.settings.top_p = 0.6f;  // probabilities are 0.37, 0.28, 0.20, …
  CHECK(chi_square(row, softmax_of(row.logits, 1.7, {0, 3, 5})) < limit2);
  row.settings.top_p = 1, row.history = {3, 3, 4}, row.settings.repetition_penalty = 2;
  CHECK(chi_square(row, softmax_of({1, -0.5f, 0, 1, -4, 1.5f}, 1.7, {0, 1, 2, 3, 4, 5})) < limit5);
}

TEST("sample: seed, key and position, each of their words, give other draws; nothing else does") {
  SampledRow row;
  row.logits = test::random_numbers(4096, 7);
  row.seed = 5, row.key = 6;
  std::vector<SampledRow> rows(8, row);
  rows[1].seed |= uint64_t{1} << 32;
  rows[2].seed += 1;
  rows[3].key |= uint64_t{1} << 32;
  rows[4].key += 1;
  rows[5].position += 1;
  std::swap(rows[6].seed, rows[6].key);
  const auto ids = test::sampled_ids(test::cpu_with(chosen_isa(), 2), rows);
  CHECK_EQ(std::set<int32_t>(ids.begin(), ids.end() - 1).size(), size_t{7});
  CHECK_EQ(ids[7], ids[0]);
}

// g of these ids of a row, by the contract's words.
double gumbel_of(const SampledRow& row, uint32_t id) {
  const RandomStream stream({row.seed, RandomPurpose::sampling, 0, 0, 0, row.key});
  const uint32_t word = stream.words(uint32_t(row.position), id / 4)[id % 4];
  return -std::log(-std::log((word + 0.5) * 0x1p-32));
}

// A logit for the rival, beside the best or in another chunk, such that its sum
// misses that of id 0 by next to nothing: half a word more or less is over 1e-10
// of one of the two sums.
TEST("sample: two sums 1e-10 apart are told apart, either way") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  for (const uint32_t rival : {1u, 64u}) {
    int above = 0, below = 0;
    for (int32_t position = 0; position < 200; ++position) {
      SampledRow row;
      row.position = position;
      row.logits.assign(rival + 1, -INFINITY);
      row.logits[0] = 0;
      const double lead = gumbel_of(row, rival) - gumbel_of(row, 0);
      if (lead < 0.5 || lead > 4) continue;
      for (int step = 0; step < 4000; ++step) {
        row.settings.temperature = 1 + float(step) * 0x1p-12f;
        row.logits[rival] = -float(lead * row.settings.temperature);
        const double miss = lead - (0.0 - row.logits[rival]) / row.settings.temperature;
        if (std::abs(miss) > 4e-11 || std::abs(miss) < 1e-14) continue;
        CHECK_EQ(test::sampled_id(backend, row), int32_t(miss > 0 ? rival : 0));
        ++(miss > 0 ? above : below);
      }
    }
    CHECK(above > 20 && below > 20);
  }
}

// The difference of a logit near 1 and one near 1e-8 has 53 bits to hit an f64 with.
TEST("sample: of equal sums the lowest id wins, whether it is the best logit's or not") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  for (const uint32_t best : {0u, 1u}) {
    int equal = 0;
    for (int32_t position = 0; position < 1000; ++position) {
      SampledRow row;
      row.position = position;
      const uint32_t other = 1 - best;
      const double lead = gumbel_of(row, other) - gumbel_of(row, best);
      if (lead <= 0) continue;
      row.logits.assign(2, float(lead));
      row.logits[other] = float(double(row.logits[best]) - lead);
      const double behind = double(row.logits[best]) - row.logits[other];
      if (gumbel_of(row, other) - behind != gumbel_of(row, best)) continue;
      CHECK_EQ(test::sampled_id(backend, row), 0);
      ++equal;
    }
    CHECK(equal > 10);
  }
}

// Common random numbers: what wins among all wins among any that has it.
TEST("sample: a draw stays where a filter keeps it") {
  std::vector<SampledRow> rows(300);
  for (size_t r = 0; r < rows.size(); ++r) {
    rows[r].logits = test::random_numbers(500, uint32_t(r));
    rows[r].position = int32_t(r);
  }
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const auto among_all = test::sampled_ids(backend, rows);
  for (SampledRow& row : rows) row.top_k = 100, row.settings.top_p = 0.8f;
  const auto among_kept = test::sampled_ids(backend, rows);
  int same = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto kept = test::kept_ids(rows[r].logits, rows[r]);
    if (std::find(kept.begin(), kept.end(), among_all[r]) == kept.end()) continue;
    CHECK_EQ(among_kept[r], among_all[r]);
    ++same;
  }
  CHECK(same > 100 && same < 300);
}

}  // namespace
