#include "kernels/kv_copy.h"

namespace xling {

void check(const KvCopy& op) {
  check_kv_cache(op.name, op.keys, op.values);
  const int64_t slots = op.keys.shape[0];
  const struct {
    const char* name;
    int32_t slot;
  } ends[] = {{"from", op.from}, {"to", op.to}};
  for (const auto& [name, slot] : ends)
    if (slot < 0 || slot >= slots)
      fail(ErrorCode::invalid_argument, op.name, ": ", name, " is ", slot, ", which is none of the ", slots,
           " slots, numbered from 0");
  if (op.count < 0) fail(ErrorCode::invalid_argument, op.name, ": count is ", op.count, " but must be 0 or more");
}

}  // namespace xling
