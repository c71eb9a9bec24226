#include "kernels/quantize.h"

namespace xling {

namespace {

// `matrix` is [N, K] f32, `blocks` as many bytes as the storage has for it.
void check_pair(const char* kernel, const char* matrix_name, const Tensor& matrix, const Tensor& blocks, Storage storage) {
  if (matrix.shape.rank != 2)
    fail(ErrorCode::invalid_shape, kernel, ": ", matrix_name, " is ", matrix.shape, " but must be [N, K]");
  expect_dtype(kernel, matrix_name, matrix, DType::f32);
  expect_dtype(kernel, "blocks", blocks, DType::u8);
  const int64_t block = elements_per_block(storage);
  if (matrix.shape[1] % block != 0)
    fail(ErrorCode::invalid_shape, kernel, ": ", matrix_name, " is ", matrix.shape, " but K must be a multiple of ", block, ", the block of ",
         name_of(storage));
  const size_t bytes = storage_bytes(storage, matrix.shape[0], matrix.shape[1]);
  if (blocks.shape.rank != 1 || blocks.bytes() != bytes)
    fail(ErrorCode::invalid_shape, kernel, ": blocks is ", blocks.shape, " but ", matrix.shape, " in ", name_of(storage), " is [",
         bytes, "] bytes");
}

}  // namespace

void check(const Quantize& op) {
  if (!can_be_written(op.storage))
    fail(ErrorCode::invalid_argument, op.name, ": ", name_of(op.storage),
         " can only be read; f32, bf16, f16, nf4, nf4d, q8_0 and q4_0 can be written");
  check_pair(op.name, "x", op.x, op.blocks, op.storage);
}

void check(const Dequantize& op) { check_pair(op.name, "y", op.y, op.blocks, op.storage); }

}  // namespace xling
