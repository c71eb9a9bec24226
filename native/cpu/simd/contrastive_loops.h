// Sums over columns of logits and gradients of both directions, as contrastive hands them to an ISA.
#pragma once

#include <cstdint>

namespace xling::simd {

// Running sums of columns, as RunningSum is of a row: scaled[j] = sum exp(z - largest[j]); -inf and 0 before.
struct ColumnSums {
  float* largest;
  float* scaled;
};

struct ContrastiveLoops {
  // z[rows, count], a row every `row` floats, from its first on.
  struct Columns {
    const float* z;
    int64_t rows, row, count;
  };
  // Adds each column's rows in ascending order, one by one: how they are cut into calls changes no bit.
  void (*add_columns)(const Columns&, const ColumnSums&);

  struct Row {
    float* z;
    int64_t count;
    float largest, scaled;  // of the whole row
  };
  // z = half the row's softmax and half the columns'.
  void (*weigh_both)(const Row&, const ColumnSums&);
};

}  // namespace xling::simd
