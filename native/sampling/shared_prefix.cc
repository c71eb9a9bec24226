#include "sampling/shared_prefix.h"

#include <algorithm>
#include <map>

namespace xling {

namespace {

// A shorter one is sooner computed again than looked after.
constexpr int32_t shortest = 8;

struct Sharing {
  SharedPrefix prefix;
  int64_t prompts = 0;
};

// A prompt's last token is its own: what follows it is drawn from a forward of this row.
int32_t longest_prefix(const Prompt& prompt) { return std::max(0, static_cast<int32_t>(prompt.ids.size()) - 1); }

}  // namespace

std::vector<SharedPrefix> shared_prefixes(const std::vector<Prompt>& prompts) {
  std::map<int32_t, Sharing> by_adapter;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const Prompt& prompt = prompts[i];
    auto& [prefix, count] = by_adapter[prompt.adapter];
    if (count++ == 0) {
      prefix = {prompt.adapter, static_cast<int32_t>(i), longest_prefix(prompt)};
      continue;
    }
    const auto first = prompts[static_cast<size_t>(prefix.prompt)].ids.begin();
    const int32_t both = std::min(prefix.length, longest_prefix(prompt));
    prefix.length = static_cast<int32_t>(std::mismatch(first, first + both, prompt.ids.begin()).first - first);
  }
  std::vector<SharedPrefix> out;
  for (const auto& [adapter, sharing] : by_adapter)
    if (sharing.prompts > 1 && sharing.prefix.length >= shortest) out.push_back(sharing.prefix);
  return out;
}

}  // namespace xling
