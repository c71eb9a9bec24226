// A span of elements as whole vectors and one partial one at its end.
#pragma once

#include "cpu/simd/vec.h"
#include "kernels/contract.h"

namespace xling::simd {

// f(i, count) over [begin, end): count is V::lanes, but for what is left at the end.
template <class V, class F>
void for_chunks(int64_t begin, int64_t end, const F& f) {
  constexpr int n = V::lanes;
  int64_t i = begin;
  for (; i + n <= end; i += n) f(i, n);
  if (i < end) f(i, static_cast<int>(end - i));
}

// A whole vector is the common case and needs no mask.
template <class V, class T>
V take(const T* from, int count) {
  return count == V::lanes ? V::load(from) : V::load(from, count);
}
template <class V, class T>
void put(V value, T* to, int count) {
  if (count == V::lanes)
    value.store(to);
  else
    value.store(to, count);
}

// Over what `to` holds, or added to it.
template <class V, class T>
void put(V value, Write write, T* to, int count) {
  put(write == Write::accumulate ? take<V>(to, count) + value : value, to, count);
}

}  // namespace xling::simd
