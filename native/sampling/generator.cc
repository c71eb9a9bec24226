#include "sampling/generator.h"

#include <algorithm>
#include <numeric>

namespace xling {

namespace {

std::vector<Prompt> checked(const DecoderSpec& spec, std::vector<Prompt> prompts) {
  for (size_t i = 0; i < prompts.size(); ++i) {
    const auto& prompt = prompts[i];
    const auto length = static_cast<int64_t>(prompt.ids.size());
    if (length == 0) fail(ErrorCode::invalid_argument, "prompt ", i, " is empty; give it one token at least");
    if (length >= spec.max_positions)
      fail(ErrorCode::invalid_argument, "prompt ", i, " has ", length, " tokens, which leave no room in the context of ",
           spec.max_positions, "; shorten it");
    if (prompt.max_new < 1)
      fail(ErrorCode::invalid_argument, "prompt ", i, " asks for ", prompt.max_new, " new tokens; ask for one at least");
    if (prompt.adapter < -1)
      fail(ErrorCode::invalid_argument, "prompt ", i, " goes through adapter ", prompt.adapter, "; they count from 0, and -1 is none");
  }
  return prompts;
}

KvCache::Size cache_size(const DecoderSpec& spec, const std::vector<Prompt>& prompts, int64_t slots) {
  int64_t longest = 0;
  for (const Prompt& prompt : prompts)
    longest = std::max(longest, std::min(spec.max_positions, static_cast<int64_t>(prompt.ids.size()) + prompt.max_new));
  return {slots, longest, Generator::tokens_at_once};
}

}  // namespace

Generator::Generator(const Decoder& decoder, const std::shared_ptr<Backend>& backend, std::vector<Prompt> prompts,
                     const Options& options)
    : decoder_(decoder),
      prompts_(checked(decoder.spec(), std::move(prompts))),
      stops_(options.stops),
      prefixes_(shared_prefixes(prompts_)),
      slots_(std::min(options.slots, static_cast<int64_t>(prompts_.size()))),
      cache_(backend, decoder.spec(), cache_size(decoder.spec(), prompts_, slots_ + static_cast<int64_t>(prefixes_.size()))) {
  for (size_t i = 0; i < prompts_.size(); ++i) waiting_.push_back(static_cast<int32_t>(i));
  for (int64_t slot = slots_; slot-- > 0;) free_.push_back(static_cast<int32_t>(slot));
}

int32_t Generator::limit(const Prompt& prompt) const {
  const auto longest = static_cast<int64_t>(prompt.ids.size()) + prompt.max_new;
  return static_cast<int32_t>(std::min(longest, decoder_.spec().max_positions));
}

const LoraLayers* Generator::layers_of(int32_t prompt, const Adapters& adapters) const {
  const int32_t adapter = prompts_[static_cast<size_t>(prompt)].adapter;
  if (adapter < 0) return nullptr;
  const auto at = static_cast<size_t>(adapter);
  if (at < adapters.size() && adapters[at]) return adapters[at];
  fail(ErrorCode::disposed, "row ", prompt,
       " goes through an adapter that has no factors: it was disposed, or there was no memory for it");
}

void Generator::admit() {
  while (!waiting_.empty() && !free_.empty()) {
    const int32_t prompt = waiting_.front(), slot = free_.back();
    Row row{prompt, slot, 0, prompts_[static_cast<size_t>(prompt)].ids};
    for (size_t i = 0; i < prefixes_.size(); ++i) {
      if (prefixes_[i].adapter != prompt_of(row).adapter) continue;
      row.fed = prefixes_[i].length;
      cache_.copy(slots_ + static_cast<int64_t>(i), slot, row.fed);
    }
    rows_.push_back(std::move(row));
    waiting_.pop_front();
    free_.pop_back();
  }
}

bool Generator::has_unread_prefix() const {
  return std::any_of(prefixes_.begin(), prefixes_.end(), [](const SharedPrefix& prefix) { return prefix.fed < prefix.length; });
}

void Generator::read_prefixes(Runner& runner, const CancelToken* cancel, const Adapters& adapters) {
  StepRows pieces;
  std::vector<int32_t> counts;
  int32_t left = tokens_at_once;
  for (size_t i = 0; i < prefixes_.size(); ++i) {
    const SharedPrefix& prefix = prefixes_[i];
    const int32_t count = std::min(left, prefix.length - prefix.fed);
    counts.push_back(count);
    left -= count;
    if (count == 0) continue;
    const int32_t* ids = &prompts_[static_cast<size_t>(prefix.prompt)].ids[static_cast<size_t>(prefix.fed)];
    const auto slot = static_cast<int32_t>(slots_ + static_cast<int64_t>(i));
    pieces.push(ids, count, slot, prefix.fed, layers_of(prefix.prompt, adapters));
  }
  runner.run(next_ids(decoder_, pieces, cache_.layers(), {}, nullptr), cancel);
  for (size_t i = 0; i < prefixes_.size(); ++i) prefixes_[i].fed += counts[i];
}

bool Generator::reads_prompts() const {
  const bool admits = !waiting_.empty() && !free_.empty();
  return has_unread_prefix() || admits ||
         std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) { return unread(row) > 1; });
}

// How many tokens each row is fed. A prompt is read when those that were admitted before it are; rows that sample get
// their token whatever is read beside them.
std::vector<int32_t> Generator::shares() const {
  std::vector<int32_t> out;
  int32_t left = tokens_at_once;
  for (const Row& row : rows_) {
    const bool samples = unread(row) == 1;
    out.push_back(samples ? 1 : std::min(unread(row), left));
    if (!samples) left -= out.back();
  }
  return out;
}

// Rows without an adapter first, then those of one side by side, so that a layer runs each adapter once.
std::vector<size_t> Generator::rows_by_adapter() const {
  std::vector<size_t> order(rows_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return prompt_of(rows_[a]).adapter < prompt_of(rows_[b]).adapter; });
  return order;
}

Generator::Batch Generator::next_batch(const Adapters& adapters) const {
  Batch batch;
  batch.fed = shares();
  for (const size_t i : rows_by_adapter()) {
    const Row& row = rows_[i];
    const int32_t count = batch.fed[i];
    if (count == 0) continue;
    batch.rows.push(&row.ids[static_cast<size_t>(row.fed)], count, row.slot, row.fed, layers_of(row.prompt, adapters));
    if (count < unread(row)) continue;
    batch.draws.push(batch.rows.offsets.back() - 1, prompt_of(row), row.ids);
    batch.drawing.push_back(i);
  }
  return batch;
}

Generator::Added Generator::add(Row& row, int32_t id) const {
  if (id < 0)
    fail(ErrorCode::non_finite, "row ", row.prompt, ": no token can be drawn at place ", row.ids.size(),
         ", where the logits are NaN or -infinity; are the weights damaged?");
  if (std::find(stops_.begin(), stops_.end(), id) != stops_.end()) return Added{row.prompt, {}, Finish::stop};
  row.ids.push_back(id);
  const bool full = static_cast<int32_t>(row.ids.size()) == limit(prompt_of(row));
  return Added{row.prompt, {id}, full ? Finish::length : Finish::none};
}

std::vector<Generator::Added> Generator::step(Runner& runner, const CancelToken* cancel, const Adapters& adapters) {
  if (has_unread_prefix()) {
    read_prefixes(runner, cancel, adapters);
    return {};
  }
  admit();
  const Batch batch = next_batch(adapters);
  std::vector<int32_t> ids(batch.drawing.size());
  runner.run(next_ids(decoder_, batch.rows, cache_.layers(), batch.draws, ids.data()), cancel);
  for (size_t i = 0; i < rows_.size(); ++i) rows_[i].fed += batch.fed[i];
  std::vector<Added> added;
  for (size_t draw = 0; draw < ids.size(); ++draw) added.push_back(add(rows_[batch.drawing[draw]], ids[draw]));
  for (const Added& one : added)
    if (one.finish != Finish::none) drop(one.row);
  return added;
}

void Generator::drop(int32_t row) {
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), row), waiting_.end());
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& one) { return one.prompt == row; });
  if (found == rows_.end()) return;
  free_.push_back(found->slot);
  rows_.erase(found);
}

}  // namespace xling
