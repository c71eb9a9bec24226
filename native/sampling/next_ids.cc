#include "sampling/next_ids.h"

#include "models/decoder_tasks.h"

namespace xling {

void StepRows::push(const int32_t* tokens, int64_t count, int32_t slot, int32_t start, const LoraLayers* adapter) {
  const int64_t row = rows();
  ids.insert(ids.end(), tokens, tokens + count);
  offsets.push_back(static_cast<int32_t>(ids.size()));
  slots.push_back(slot);
  starts.push_back(start);
  if (!adapter) return;
  if (!adapted.empty() && adapted.back().layers == adapter && adapted.back().end == row)
    adapted.back().end = row + 1;
  else
    adapted.push_back({row, row + 1, adapter});
}

void Draws::push(int32_t place, const Prompt& prompt, const std::vector<int32_t>& ids) {
  tokens.push_back(place);
  settings.push_back(prompt.settings);
  top_k.push_back(prompt.top_k);
  positions.push_back(static_cast<int32_t>(ids.size()));
  if (prompt.settings.repetition_penalty != 1) history.insert(history.end(), ids.begin(), ids.end());
  history_offsets.push_back(static_cast<int32_t>(history.size()));
  seeds.push_back(prompt.seed);
  keys.push_back(prompt.key);
}

namespace {

// Draws [begin, begin + count) from their logits; `ids` is all draws' on the device.
void sample(Pass& pass, const Draws& draws, const Tensor& logits, const Tensor& ids, int64_t begin) {
  const int64_t count = logits.shape[0];
  const auto at = static_cast<size_t>(begin);
  const int32_t* offsets = &draws.history_offsets[at];
  const int32_t first = offsets[0], after = offsets[count];
  std::vector<int32_t> own(offsets, offsets + count + 1);
  for (int32_t& offset : own) offset -= first;
  static_assert(sizeof(SampleSettings) == 4 * sizeof(float));
  pass.backend.run(Sample{logits,
                          pass.upload(&draws.settings[at], {count, 4}, DType::f32),
                          pass.upload(&draws.top_k[at], {count}, DType::i32),
                          pass.upload(draws.history.data() + first, {after - first}, DType::i32),
                          pass.upload(own.data(), {count + 1}, DType::i32),
                          pass.upload(&draws.seeds[at], {count, 2}, DType::i32),
                          pass.upload(&draws.keys[at], {count, 2}, DType::i32),
                          pass.upload(&draws.positions[at], {count}, DType::i32),
                          {ids.as<int32_t>() + begin, {count}, DType::i32}});
}

}  // namespace

Runner::Body next_ids(const Decoder& decoder, const StepRows& rows, const std::vector<LayerCache>& cache, const Draws& draws,
                      int32_t* out) {
  return [&, out](Pass& pass) {
    const PackedRows packed{rows.ids.data(), rows.offsets.data(), rows.rows()};
    const Continuation goes_on{rows.slots.data(), rows.starts.data(), cache};
    const Tensor hidden = last_hidden_at(pass, decoder, packed, draws.tokens, {&goes_on, rows.adapted});
    const Tensor ids = pass.push_left({hidden.shape[0]}, DType::i32);
    for_logits(pass, decoder, hidden, [&](const Tensor& logits, int64_t begin) { sample(pass, draws, logits, ids, begin); });
    pass.backend.read(out, ids.data, ids.bytes());
  };
}

}  // namespace xling
