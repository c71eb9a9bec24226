// Decoders of panels, storage by storage. Each is walked in order: block after
// block, group after group, element after element; `at(i)` is element i of the
// group for as many neighbouring outputs as there are lanes, computed as
// cpu/decode computes it, to the last bit.
#pragma once

#include "core/dtype.h"
#include "core/float16.h"
#include "core/storage.h"
#include "cpu/simd/panel_loops.h"

namespace xling::simd {

// Numbers that stand for themselves: a block is one element.
template <class V, int P, class Number, Storage kept_as>
class PanelNumbers {
 public:
  static constexpr Storage storage = kept_as;
  static constexpr int block_elements = 1, group_elements = 1, block_bytes = P * int{sizeof(Number)};
  PanelNumbers(const Panels&, int lane) : offset_(lane * int{sizeof(Number)}) {}
  void block(const uint8_t* at, int64_t) {
    if constexpr (storage == Storage::f16)
      numbers_ = V::load_f16(at + offset_);
    else
      numbers_ = V::load(reinterpret_cast<const Number*>(at + offset_));
  }
  void group(int) {}
  V at(int) const { return numbers_; }

 private:
  int offset_;
  V numbers_;
};

template <class V, int P>
using PanelF32 = PanelNumbers<V, P, float, Storage::f32>;
template <class V, int P>
using PanelBf16 = PanelNumbers<V, P, bfloat16, Storage::bf16>;
template <class V, int P>
using PanelF16 = PanelNumbers<V, P, float16, Storage::f16>;

}  // namespace xling::simd
