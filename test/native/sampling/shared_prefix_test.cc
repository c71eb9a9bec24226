#include "sampling/shared_prefix.h"

#include <numeric>

#include "check.h"

namespace {

using namespace xling;

Prompt prompt_of(int shared, std::vector<int32_t> own, int32_t adapter = -1) {
  Prompt prompt;
  prompt.ids.resize(size_t(shared));
  std::iota(prompt.ids.begin(), prompt.ids.end(), 100);
  prompt.ids.insert(prompt.ids.end(), own.begin(), own.end());
  prompt.adapter = adapter;
  return prompt;
}

TEST("shared prefix: none of no prompts, of one, of two that share 7 tokens or have no more of their own") {
  CHECK(shared_prefixes({}).empty());
  CHECK(shared_prefixes({prompt_of(50, {1})}).empty());
  CHECK(shared_prefixes({prompt_of(7, {1}), prompt_of(7, {2})}).empty());
  CHECK(shared_prefixes({prompt_of(8, {}), prompt_of(8, {})}).empty());
  CHECK(shared_prefixes({prompt_of(8, {1}), prompt_of(8, {2})}).at(0).length == 8);
  CHECK(shared_prefixes({prompt_of(9, {}), prompt_of(9, {})}).at(0).length == 8);
}

TEST("shared prefix: one for each adapter, and for those without; the shortest of any two") {
  const auto found = shared_prefixes({prompt_of(40, {1}, 3), prompt_of(50, {1}), prompt_of(20, {2}, 3), prompt_of(30, {1}, 0),
                                      prompt_of(45, {2}), prompt_of(30, {9}, 7), prompt_of(60, {1}, 3), prompt_of(5, {1}, 0)});
  CHECK_EQ(found.size(), size_t{2});
  const auto& [bare, first, length, fed] = found[0];
  CHECK(bare == -1 && first == 1 && length == 45 && fed == 0);
  CHECK(found[1].adapter == 3 && found[1].prompt == 0 && found[1].length == 20);
}

}  // namespace
