#include "sampling/generator.h"

#include <algorithm>

namespace xling {

namespace {

// A shorter prefix is sooner computed again than looked after.
constexpr size_t shortest_prefix = 8;

int32_t worthwhile_prefix(const std::vector<Prompt>& prompts) {
  const size_t shared = prompts.size() < 2 ? 0 : shared_prefix(prompts);
  return shared < shortest_prefix ? 0 : static_cast<int32_t>(shared);
}

// Checks the prompts, too: the cache must not be sized by what is none.
KvCache::Size cache_size(const DecoderSpec& spec, const std::vector<Prompt>& prompts, int64_t slots) {
  int64_t longest = 0;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const auto length = static_cast<int64_t>(prompts[i].ids.size());
    if (length == 0) fail(ErrorCode::invalid_argument, "prompt ", i, " is empty; give it one token at least");
    if (length >= spec.max_positions)
      fail(ErrorCode::invalid_argument, "prompt ", i, " has ", length, " tokens, which leave no room in the context of ",
           spec.max_positions, "; shorten it");
    if (prompts[i].max_new < 1)
      fail(ErrorCode::invalid_argument, "prompt ", i, " asks for ", prompts[i].max_new, " new tokens; ask for one at least");
    longest = std::max(longest, std::min(spec.max_positions, length + prompts[i].max_new));
  }
  return {slots, longest, Generator::tokens_at_once};
}

}  // namespace

Generator::Generator(const Decoder& decoder, const std::shared_ptr<Backend>& backend, std::vector<Prompt> prompts,
                     const Options& options)
    : decoder_(decoder),
      prompts_(std::move(prompts)),
      stops_(options.stops),
      prefix_(worthwhile_prefix(prompts_)),
      slots_(std::min(options.slots, static_cast<int64_t>(prompts_.size()))),
      cache_(backend, decoder.spec(), cache_size(decoder.spec(), prompts_, slots_ + (prefix_ > 0))) {
  for (size_t i = 0; i < prompts_.size(); ++i) waiting_.push_back(static_cast<int32_t>(i));
  for (int64_t slot = slots_; slot-- > 0;) free_.push_back(static_cast<int32_t>(slot));
}

int32_t Generator::limit(const Prompt& prompt) const {
  const auto longest = static_cast<int64_t>(prompt.ids.size()) + prompt.max_new;
  return static_cast<int32_t>(std::min(longest, decoder_.spec().max_positions));
}

void Generator::admit() {
  while (!waiting_.empty() && !free_.empty()) {
    const int32_t prompt = waiting_.front(), slot = free_.back();
    if (prefix_ > 0) cache_.copy(slots_, slot, prefix_);
    rows_.push_back({prompt, slot, prefix_, prompts_[static_cast<size_t>(prompt)].ids});
    waiting_.pop_front();
    free_.pop_back();
  }
}

void Generator::read_prefix(Runner& runner, const CancelToken* cancel) {
  const int32_t count = std::min(tokens_at_once, prefix_ - prefix_fed_);
  StepRows piece;
  piece.push(&prompts_[0].ids[static_cast<size_t>(prefix_fed_)], count, static_cast<int32_t>(slots_), prefix_fed_);
  runner.run(next_ids(decoder_, piece, cache_.layers(), {}, nullptr), cancel);
  prefix_fed_ += count;
}

bool Generator::reads_prompts() const {
  const bool admits = !waiting_.empty() && !free_.empty();
  return prefix_fed_ < prefix_ || admits ||
         std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) { return unread(row) > 1; });
}

Generator::Batch Generator::next_batch() const {
  Batch batch;
  int32_t left = tokens_at_once;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const Prompt& prompt = prompts_[static_cast<size_t>(row.prompt)];
    // A prompt is read when those before it are, so rows that sample come first, a token each, and wait for none.
    const int32_t count = unread(row) == 1 ? 1 : std::min(unread(row), left);
    batch.fed.push_back(count);
    if (count == 0) continue;
    if (unread(row) > 1) left -= count;
    batch.rows.push(&row.ids[static_cast<size_t>(row.fed)], count, row.slot, row.fed);
    if (count < unread(row)) continue;
    batch.draws.push(batch.rows.offsets.back() - 1, prompt, row.ids);
    batch.drawing.push_back(i);
  }
  return batch;
}

Generator::Added Generator::add(Row& row, int32_t id) const {
  const Prompt& prompt = prompts_[static_cast<size_t>(row.prompt)];
  if (id < 0)
    fail(ErrorCode::non_finite, "row ", row.prompt, ": no token can be drawn at place ", row.ids.size(),
         ", where the logits are NaN or -infinity; are the weights damaged?");
  if (std::find(stops_.begin(), stops_.end(), id) != stops_.end()) return Added{row.prompt, {}, Finish::stop};
  row.ids.push_back(id);
  const bool full = static_cast<int32_t>(row.ids.size()) == limit(prompt);
  return Added{row.prompt, {id}, full ? Finish::length : Finish::none};
}

std::vector<Generator::Added> Generator::step(Runner& runner, const CancelToken* cancel) {
  if (prefix_fed_ < prefix_) {
    read_prefix(runner, cancel);
    return {};
  }
  admit();
  const Batch batch = next_batch();
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
