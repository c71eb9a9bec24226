// What prompts begin with alike. Keys and values depend on the adapter, so each
// adapter's prompts share a beginning of their own, and so do those without any.
#pragma once

#include "sampling/prompt.h"

namespace xling {

struct SharedPrefix {
  int32_t adapter;
  int32_t prompt;   // the first of those that begin with it
  int32_t length;   // tokens; each of its prompts goes on after them
  int32_t fed = 0;  // tokens that the cache has
};

// Those that are worth a slot of the cache, by adapter ascending: at most one each.
std::vector<SharedPrefix> shared_prefixes(const std::vector<Prompt>& prompts);

}  // namespace xling
