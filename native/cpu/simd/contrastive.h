// The inner loops of contrastive that linear_cross_entropy has not, over lanes V.
#pragma once

#include "cpu/simd/chunks.h"
#include "cpu/simd/contrastive_loops.h"
#include "cpu/simd/exp.h"

namespace xling::simd {

// One exponential does for both of what is added and what the sum so far is multiplied by: one of the two is e^0.
template <class V>
void add_columns(const ContrastiveLoops::Columns& columns, const ColumnSums& sums) {
  const V one = V::splat(1.0f);
  for (int64_t r = 0; r < columns.rows; ++r)
    for_chunks<V>(0, columns.count, [&](int64_t j, int count) {
      const V z = take<V>(columns.z + r * columns.row + j, count);
      const V largest = take<V>(sums.largest + j, count), scaled = take<V>(sums.scaled + j, count);
      const V apart = exp(V::zero() - absolute(z - largest));
      put(where_less(largest, z, fma(scaled, apart, one), scaled + apart), sums.scaled + j, count);
      put(where_less(largest, z, z, largest), sums.largest + j, count);
    });
}

template <class V>
void weigh_both(const ContrastiveLoops::Row& row, const ColumnSums& sums) {
  const V largest = V::splat(row.largest), scaled = V::splat(row.scaled), half = V::splat(0.5f);
  for_chunks<V>(0, row.count, [&](int64_t j, int count) {
    const V z = take<V>(row.z + j, count);
    const V of_row = exp(z - largest) / scaled;
    const V of_column = exp(z - take<V>(sums.largest + j, count)) / take<V>(sums.scaled + j, count);
    put(half * (of_row + of_column), row.z + j, count);
  });
}

template <class V>
constexpr ContrastiveLoops contrastive_loops() {
  return {&add_columns<V>, &weigh_both<V>};
}

}  // namespace xling::simd
