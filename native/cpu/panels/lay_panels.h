// Storage bytes into panels and back: a permutation, so nothing is lost.
#pragma once

#include "core/thread_pool.h"
#include "core/weight.h"

namespace xling {

// `panels` of panel_layout().bytes from the storage's bytes `rows`.
void lay_panels(const Weight& weight, const void* rows, int64_t panel_rows, ThreadPool& pool);

// The storage's bytes of a weight in panels.
void unlay_panels(void* rows, const Weight& weight, int64_t panel_rows, ThreadPool& pool);

}  // namespace xling
