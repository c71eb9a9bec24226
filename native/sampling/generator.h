// Continuous batching: prompts wait for a slot of the cache, rows that have one
// go on together, a token a step, and a row that ends makes room for the next.
#pragma once

#include <deque>

#include "sampling/kv_cache.h"
#include "sampling/next_ids.h"
#include "sampling/shared_prefix.h"

namespace xling {

enum class Finish { none, stop, length };

class Generator {
 public:
  // Of prompts, in one step: enough for whole tiles of a GEMM.
  static constexpr int32_t tokens_at_once = 256;

  struct Options {
    int64_t slots;               // rows that go on together, at least one
    std::vector<int32_t> stops;  // ids that end a row, and are not part of it
  };
  // What a step has added to a row.
  struct Added {
    int32_t row;  // index of its prompt
    std::vector<int32_t> ids;
    Finish finish;
  };

  // A generation's adapters, as Prompt::adapter counts them; null for one that is gone.
  using Adapters = std::vector<const LoraLayers*>;

  // ERR_INVALID_ARGUMENT, naming the prompt, for one that is empty or leaves no
  // room in the context. A row that reaches the context's end finishes by length.
  Generator(const Decoder& decoder, const std::shared_ptr<Backend>& backend, std::vector<Prompt> prompts, const Options& options);

  bool done() const { return waiting_.empty() && rows_.empty(); }
  size_t cache_bytes() const { return cache_.bytes(); }

  // One forward: reads a piece of what prompts begin with alike, or feeds every row
  // that has a slot and admits others. ERR_NON_FINITE, naming the row, if logits have
  // NaN in them; ERR_DISPOSED, naming the row, if one goes on whose adapter is gone:
  // after that, or aborted, it may be called again and does the same. The adapters are
  // those of this moment: where their numbers have changed since an earlier step, the
  // keys and values of tokens that were read before stay what they are.
  std::vector<Added> step(Runner& runner, const CancelToken* cancel, const Adapters& adapters = {});

  // Whether the next step reads prompts, which takes as long as many tokens.
  bool reads_prompts() const;

  // A row that nobody wants any more; one that is gone already is left alone.
  void drop(int32_t row);

 private:
  struct Row {
    int32_t prompt;
    int32_t slot;
    int32_t fed;               // tokens that the cache has
    std::vector<int32_t> ids;  // prompt and what came after
  };
  // Rows of a step: how many tokens each is fed, and which are followed by a new one.
  struct Batch {
    StepRows rows;
    Draws draws;
    std::vector<int32_t> fed;    // by row
    std::vector<size_t> drawing;  // rows, by draw
  };

  void admit();
  bool has_unread_prefix() const;
  void read_prefixes(Runner& runner, const CancelToken* cancel, const Adapters& adapters);
  int32_t unread(const Row& row) const { return static_cast<int32_t>(row.ids.size()) - row.fed; }
  std::vector<int32_t> shares() const;
  std::vector<size_t> rows_by_adapter() const;
  Batch next_batch(const Adapters& adapters) const;
  Added add(Row& row, int32_t id) const;
  int32_t limit(const Prompt& prompt) const;
  const Prompt& prompt_of(const Row& row) const { return prompts_[static_cast<size_t>(row.prompt)]; }
  const LoraLayers* layers_of(int32_t prompt, const Adapters& adapters) const;

  const Decoder& decoder_;
  std::vector<Prompt> prompts_;
  std::vector<int32_t> stops_;
  std::vector<SharedPrefix> prefixes_;
  int64_t slots_;
  KvCache cache_;            // the slots behind the rows' have the prefixes
  std::deque<int32_t> waiting_;
  std::vector<int32_t> free_;
  std::vector<Row> rows_;    // in the order in which they were admitted
};

}  // namespace xling
