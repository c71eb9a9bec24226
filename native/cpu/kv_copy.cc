#include "kernels/kv_copy.h"

#include <algorithm>
#include <cstring>

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// Ten microseconds of copies or more: what is worth waking a thread for.
constexpr int64_t numbers_per_task = 65536;

}  // namespace

// In whole tiles: each is one run of numbers, whatever their order in it.
void CpuBackend::execute(const KvCopy& op) {
  if (op.from == op.to) return;
  const int64_t heads = op.keys.shape[1], head_numbers = op.keys.shape[2] * op.keys.shape[3];
  const int64_t places = std::min<int64_t>(op.count, op.keys.shape[2]);
  const int64_t tiles = (places + kv_cache_tile - 1) / kv_cache_tile;
  const int64_t numbers = tiles * kv_cache_tile * op.keys.shape[3];
  const int64_t pieces = (numbers + numbers_per_task - 1) / numbers_per_task;
  pool_.run(2 * heads * pieces, [&](int64_t task) {
    const int64_t head = task / pieces % heads, begin = task % pieces * numbers_per_task;
    auto* cache = (task < heads * pieces ? op.keys : op.values).as<float>() + head * head_numbers + begin;
    const int64_t slot = heads * head_numbers, count = std::min(numbers_per_task, numbers - begin);
    std::memcpy(cache + op.to * slot, cache + op.from * slot, sizeof(float) * static_cast<size_t>(count));
  });
}

}  // namespace xling
