#include "kernels/sample.h"

#include <algorithm>
#include <cmath>

#include "cpu/cpu_backend.h"
#include "cpu/sample/gumbel_max.h"
#include "cpu/sample/kept.h"

namespace xling {

namespace {

template <class Value>
void expect(bool sound, const char* field, Value value, int64_t row, const char* rule) {
  if (!sound) fail(ErrorCode::invalid_argument, Sample::name, ": ", field, " ", value, " of row ", row, " must be ", rule);
}

void check_settings(const Sample& op, int64_t row) {
  const SampleSettings s = op.settings.as<const SampleSettings>()[row];
  expect(s.temperature >= 0 && std::isfinite(s.temperature), "temperature", s.temperature, row,
         "finite, and 0 (greedy) or above");
  expect(s.top_p > 0 && s.top_p <= 1, "top_p", s.top_p, row, "above 0 and at most 1");
  expect(s.min_p >= 0 && s.min_p <= 1, "min_p", s.min_p, row, "from 0 to 1");
  expect(s.repetition_penalty > 0 && std::isfinite(s.repetition_penalty), "repetition_penalty", s.repetition_penalty, row,
         "finite and above 0");
  const int32_t top_k = op.top_k.as<const int32_t>()[row], position = op.positions.as<const int32_t>()[row];
  expect(top_k >= 0, "top_k", top_k, row, "0 (no limit) or above");
  expect(position >= 0, "position", position, row, "0 or above");
}

void check_history(const Sample& op) {
  const auto* offsets = op.history_offsets.as<const int32_t>();
  const auto* history = op.history.as<const int32_t>();
  const int64_t rows = op.logits.shape[0], vocab = op.logits.shape[1];
  for (int64_t r = 0; r <= rows; ++r) {
    const int64_t least = r == 0 ? 0 : offsets[r - 1], most = op.history.shape[0];
    if (offsets[r] < least || offsets[r] > most || (r == 0 && offsets[r] != 0) || (r == rows && offsets[r] != most))
      fail(ErrorCode::invalid_argument, op.name, ": historyOffsets[", r, "] is ", offsets[r],
           ", but offsets begin with 0, never fall and end with the number of ids, ", most);
  }
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = offsets[r]; i < offsets[r + 1]; ++i)
      if (history[i] < 0 || history[i] >= vocab)
        fail(ErrorCode::invalid_argument, op.name, ": id ", history[i], " in the history of row ", r, " is not one of 0 to ",
             vocab - 1);
}

// The row's logits after the penalty: they themselves, or a copy in `changed`.
const float* penalised(const Sample& op, int64_t row, std::vector<float>& changed) {
  const int64_t vocab = op.logits.shape[1];
  const float* logits = op.logits.as<const float>() + row * vocab;
  const float penalty = op.settings.as<const SampleSettings>()[row].repetition_penalty;
  const auto* offsets = op.history_offsets.as<const int32_t>() + row;
  if (penalty == 1 || offsets[0] == offsets[1]) return logits;
  changed.assign(logits, logits + vocab);
  const auto* history = op.history.as<const int32_t>();
  for (int64_t i = offsets[0]; i < offsets[1]; ++i) {
    const int32_t id = history[i];
    changed[static_cast<size_t>(id)] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
  }
  return changed.data();
}

// The id of a row with NaN or +inf.
int64_t strange_id(const float* z, int64_t count) {
  if (std::any_of(z, z + count, [](float value) { return std::isnan(value); })) return -1;
  return std::find(z, z + count, INFINITY) - z;
}

uint64_t word_pair(const Tensor& pairs, int64_t row) {
  const auto* words = pairs.as<const uint32_t>() + 2 * row;
  return words[0] | uint64_t{words[1]} << 32;
}

int64_t sample_row(const Sample& op, int64_t row, const simd::SampleLoops& loops) {
  const SampleSettings settings = op.settings.as<const SampleSettings>()[row];
  std::vector<float> changed;
  SampleRow logits;
  logits.count = op.logits.shape[1];
  logits.z = penalised(op, row, changed);
  logits.maxima.resize(static_cast<size_t>((logits.count + simd::sample_chunk - 1) / simd::sample_chunk));
  const auto bounds = loops.maxima(logits.z, logits.count, logits.maxima.data());
  if (bounds.strange) return strange_id(logits.z, logits.count);
  logits.least = bounds.least;
  logits.largest = *std::max_element(logits.maxima.begin(), logits.maxima.end());
  if (logits.largest == -INFINITY) return -1;
  if (settings.temperature == 0) return logits.first_of_largest();
  logits.temperature = settings.temperature;

  Kept kept{-INFINITY, logits.count, -std::log(static_cast<double>(settings.min_p))};
  const int64_t top_k = op.top_k.as<const int32_t>()[row];
  if (top_k > 0 && top_k < logits.count) kept.lowest = kth_largest(logits, top_k);
  if (settings.top_p < 1) kept = cut_top_p(logits, kept, settings.top_p, loops);
  const RandomStream stream({word_pair(op.seeds, row), RandomPurpose::sampling, 0, 0, 0, word_pair(op.keys, row)});
  return gumbel_max(logits, kept, {stream, op.positions.as<const uint32_t>()[row]}, loops);
}

}  // namespace

void CpuBackend::execute(const Sample& op) {
  const int64_t rows = op.logits.shape[0];
  for (int64_t r = 0; r < rows; ++r) check_settings(op, r);
  check_history(op);
  auto* ids = op.ids.as<int32_t>();
  pool_.run(rows, [&](int64_t r) { ids[r] = static_cast<int32_t>(sample_row(op, r, loops_.sample)); });
}

}  // namespace xling
