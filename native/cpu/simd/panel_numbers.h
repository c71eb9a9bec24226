// Decoders of panels, storage by storage. Each is walked in order: block after
// block, group after group, element after element; `at(i, v)` is element i of
// the group for the panel's outputs from v·lanes on, as many as there are lanes,
// computed as cpu/decode computes it, to the last bit.
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
  explicit PanelNumbers(const Panels&) {}
  void block(const uint8_t* at, int64_t) { at_ = at; }
  void group(int) {}
  V at(int, int v) const {
    const uint8_t* from = at_ + v * V::lanes * int{sizeof(Number)};
    if constexpr (storage == Storage::f16)
      return V::load_f16(from);
    else
      return V::load(reinterpret_cast<const Number*>(from));
  }

 private:
  const uint8_t* at_;
};

template <class V, int P>
using PanelF32 = PanelNumbers<V, P, float, Storage::f32>;
template <class V, int P>
using PanelBf16 = PanelNumbers<V, P, bfloat16, Storage::bf16>;
template <class V, int P>
using PanelF16 = PanelNumbers<V, P, float16, Storage::f16>;

}  // namespace xling::simd
