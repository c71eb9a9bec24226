// Rows for `sample`, packed into its tensors, and the contract's words over one
// row in the plainest way: the row sorted, probabilities summed in f64.
#pragma once

#include <algorithm>
#include <numeric>
#include <set>

#include "kernels/fixture.h"
#include "kernels/sample.h"

namespace xling::test {

struct SampledRow {
  std::vector<float> logits;
  SampleSettings settings;
  int32_t top_k = 0;
  std::vector<int32_t> history;
  uint64_t seed = 1, key = 2;
  int32_t position = 3;
};

struct PackedRows {
  int64_t rows = 0, vocab = 1;
  std::vector<float> logits, settings;
  std::vector<int32_t> top_k, history, offsets{0}, seeds, keys, positions;

  PackedRows(int64_t v, const std::vector<SampledRow>& given) : rows(static_cast<int64_t>(given.size())), vocab(v) {
    const auto halves = [](std::vector<int32_t>& to, uint64_t word) {
      to.push_back(static_cast<int32_t>(word));
      to.push_back(static_cast<int32_t>(word >> 32));
    };
    for (const SampledRow& row : given) {
      logits.insert(logits.end(), row.logits.begin(), row.logits.end());
      const SampleSettings& s = row.settings;
      for (float setting : {s.temperature, s.top_p, s.min_p, s.repetition_penalty}) settings.push_back(setting);
      top_k.push_back(row.top_k);
      history.insert(history.end(), row.history.begin(), row.history.end());
      offsets.push_back(static_cast<int32_t>(history.size()));
      halves(seeds, row.seed);
      halves(keys, row.key);
      positions.push_back(row.position);
    }
  }
};

inline Placed placed_ints(const std::shared_ptr<Backend>& backend, const Shape& shape, const std::vector<int32_t>& values) {
  Placed placed(backend, shape, DType::i32);
  backend->write(Tensor(placed).data, values.data(), 4 * values.size());
  return placed;
}

inline std::vector<int32_t> sampled_ids(const std::shared_ptr<Backend>& backend, const PackedRows& p) {
  const Placed logits(backend, {p.rows, p.vocab}, p.logits), settings(backend, {p.rows, 4}, p.settings);
  const Placed top_k = placed_ints(backend, Shape{p.rows}, p.top_k);
  const Placed history = placed_ints(backend, Shape{static_cast<int64_t>(p.history.size())}, p.history);
  const Placed offsets = placed_ints(backend, Shape{p.rows + 1}, p.offsets);
  const Placed seeds = placed_ints(backend, {p.rows, 2}, p.seeds), keys = placed_ints(backend, {p.rows, 2}, p.keys);
  const Placed positions = placed_ints(backend, Shape{p.rows}, p.positions);
  std::vector<int32_t> ids(static_cast<size_t>(p.rows), -77);
  const Placed out = placed_ints(backend, Shape{p.rows}, ids);
  backend->run(Sample{logits, settings, top_k, history, offsets, seeds, keys, positions, out});
  backend->read(ids.data(), Tensor(out).data, 4 * ids.size());
  return ids;
}

inline std::vector<int32_t> sampled_ids(const std::shared_ptr<Backend>& backend, const std::vector<SampledRow>& rows) {
  return sampled_ids(backend, PackedRows(static_cast<int64_t>(rows.at(0).logits.size()), rows));
}

inline int32_t sampled_id(const std::shared_ptr<Backend>& backend, const SampledRow& row) {
  return sampled_ids(backend, std::vector<SampledRow>{row})[0];
}

inline std::vector<float> penalised_logits(const SampledRow& row) {
  std::vector<float> z = row.logits;
  for (int32_t id : std::set<int32_t>(row.history.begin(), row.history.end())) {
    float& logit = z[static_cast<size_t>(id)];
    logit = logit < 0 ? logit * row.settings.repetition_penalty : logit / row.settings.repetition_penalty;
  }
  return z;
}

// The ids that the filters keep, best first; z without NaN and +inf. A weight
// here is a probability as it is, so a sum within 1e-8 of top_p could be cut
// otherwise than the contract's whole numbers are; of these rows none is.
inline std::vector<int32_t> kept_ids(const std::vector<float>& z, const SampledRow& row) {
  std::vector<int32_t> order(z.size());
  std::iota(order.begin(), order.end(), 0);
  const auto logit = [&](int32_t id) { return z[static_cast<size_t>(id)]; };
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return logit(a) > logit(b); });
  const auto cut = [&](auto keeps) { order.erase(std::find_if_not(order.begin(), order.end(), keeps), order.end()); };
  const auto weight = [&](int32_t id) {
    return std::exp((double(logit(id)) - logit(order[0])) / row.settings.temperature);
  };
  if (row.top_k > 0 && row.top_k < int64_t(z.size())) {
    const float least = logit(order[size_t(row.top_k) - 1]);
    cut([&](int32_t id) { return logit(id) >= least; });
  }
  if (row.settings.top_p < 1) {
    double total = 0, before = 0;
    for (int32_t id : order) total += weight(id);
    cut([&](int32_t id) {
      const bool keeps = before < row.settings.top_p * total;
      before += weight(id);
      return keeps;
    });
  }
  cut([&](int32_t id) { return weight(id) >= row.settings.min_p; });
  return order;
}

inline int32_t sampled_plainly(const SampledRow& row) {
  const std::vector<float> z = penalised_logits(row);
  const float most = *std::max_element(z.begin(), z.end());
  for (float logit : z)
    if (std::isnan(logit)) return -1;
  if (most == -INFINITY) return -1;
  const auto first = static_cast<int32_t>(std::find(z.begin(), z.end(), most) - z.begin());
  if (most == INFINITY || row.settings.temperature == 0) return first;
  const RandomStream stream({row.seed, RandomPurpose::sampling, 0, 0, 0, row.key});
  std::vector<int32_t> kept = kept_ids(z, row);
  std::sort(kept.begin(), kept.end());
  int32_t best = -1;
  double best_score = -INFINITY;
  for (int32_t id : kept) {
    const uint32_t word = stream.words(uint32_t(row.position), uint32_t(id / 4))[size_t(id % 4)];
    const double behind = (double(most) - z[size_t(id)]) / row.settings.temperature;
    const double score = -std::log(-std::log((word + 0.5) / 4294967296.0)) - behind;
    if (score > best_score) {
      best_score = score;
      best = id;
    }
  }
  return best;
}

}  // namespace xling::test
