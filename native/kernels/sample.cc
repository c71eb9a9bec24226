#include "kernels/sample.h"

#include <cstdint>

namespace xling {

static_assert(sizeof(SampleSettings) == 4 * sizeof(float));

void check(const Sample& op) {
  if (op.logits.shape.rank != 2)
    fail(ErrorCode::invalid_shape, op.name, ": logits is ", op.logits.shape, " but must be [R, V]");
  expect_dtype(op.name, "logits", op.logits, DType::f32);
  const int64_t rows = op.logits.shape[0], vocab = op.logits.shape[1];
  if (vocab < 1 || vocab > INT32_MAX)
    fail(ErrorCode::invalid_shape, op.name, ": logits is ", op.logits.shape, " but a vocabulary has 1 to ", INT32_MAX,
         " tokens");
  if (op.history.shape.rank != 1)
    fail(ErrorCode::invalid_shape, op.name, ": history is ", op.history.shape, " but must be [N]");
  expect_shape(op.name, "settings", op.settings, {rows, 4});
  expect_dtype(op.name, "settings", op.settings, DType::f32);

  struct Whole {
    const char* field;
    const Tensor& tensor;
    Shape shape;
  };
  for (const Whole& whole : {Whole{"topK", op.top_k, Shape{rows}}, Whole{"history", op.history, op.history.shape},
                             Whole{"historyOffsets", op.history_offsets, Shape{rows + 1}},
                             Whole{"seeds", op.seeds, {rows, 2}}, Whole{"keys", op.keys, {rows, 2}},
                             Whole{"positions", op.positions, Shape{rows}}, Whole{"ids", op.ids, Shape{rows}}}) {
    expect_shape(op.name, whole.field, whole.tensor, whole.shape);
    expect_dtype(op.name, whole.field, whole.tensor, DType::i32);
  }
  for (const Tensor* input : {&op.logits, &op.settings, &op.top_k, &op.history, &op.history_offsets, &op.seeds, &op.keys,
                              &op.positions})
    expect_apart(op.name, "ids", op.ids, *input);
}

}  // namespace xling
