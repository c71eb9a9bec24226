// The one way from any storage to f32: plain loops, every value computed as the
// reference of its format computes it, to the last bit.
#pragma once

#include "core/storage.h"

namespace xling {

// A matrix [rows, cols] of storage_bytes(storage, rows, cols) bytes.
struct StoredMatrix {
  Storage storage;
  const void* data;
  int64_t rows, cols;
};

// out[i] = matrix[row, first_col + i] for i in [0, count). first_col and count
// are multiples of elements_per_block(storage) and stay inside the row.
void decode_row(const StoredMatrix& matrix, int64_t row, int64_t first_col, int64_t count, float* out);

}  // namespace xling
