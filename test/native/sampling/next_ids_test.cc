#include "sampling/next_ids.h"

#include "check.h"

namespace {

using namespace xling;

TEST("next ids: rows of one adapter that are side by side are one range; those of none have no range") {
  const LoraLayers one, two;
  const int32_t ids[] = {1, 2, 3};
  const std::vector<const LoraLayers*> adapters = {nullptr, &one, &one, &two, nullptr, &two};
  StepRows rows;
  for (const LoraLayers* adapter : adapters) rows.push(ids, 2, 0, 0, adapter);
  const std::vector<AdaptedRows> want = {{1, 3, &one}, {3, 4, &two}, {5, 6, &two}};
  CHECK_EQ(rows.adapted.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    CHECK_EQ(rows.adapted[i].begin, want[i].begin);
    CHECK_EQ(rows.adapted[i].end, want[i].end);
    CHECK(rows.adapted[i].layers == want[i].layers);
  }
  CHECK_EQ(rows.rows(), int64_t{6});
}

}  // namespace
