#include "kernels/attention_decode.h"

#include "kernels/attention_checks.h"

namespace xling {

void check(const AttentionDecode& op) {
  check_queries(op.name, op.q, op.k, op.v);
  check_offsets_shape(op.name, op.offsets);
  const struct {
    const char* name;
    const Tensor& tensor;
  } per_row[] = {{"slots", op.slots}, {"starts", op.starts}};
  for (const auto& [name, tensor] : per_row) {
    expect_shape(op.name, name, tensor, {op.offsets.shape[0] - 1});
    expect_dtype(op.name, name, tensor, DType::i32);
  }
  check_kv_cache(op.name, op.keys, op.values);
  const Shape& cache = op.keys.shape;
  expect_shape(op.name, "keys", op.keys, {cache[0], op.k.shape[1], cache[2], op.k.shape[2]});
  check_like(op.name, "y", op.y, op.q.shape);
  check_scale(op.name, op.scale);
  check_reach(op.name, "before", op.before);

  for (const Tensor* input : {&op.q, &op.k, &op.v, &op.offsets, &op.slots, &op.starts}) {
    expect_apart(op.name, "keys", op.keys, *input);
    expect_apart(op.name, "values", op.values, *input);
    expect_apart(op.name, "y", op.y, *input);
  }
  expect_apart(op.name, "y", op.y, op.keys);
  expect_apart(op.name, "y", op.y, op.values);
}

}  // namespace xling
