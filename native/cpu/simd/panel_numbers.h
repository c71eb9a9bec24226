// Decoders of panels, storage by storage. Each is walked in order: block after
// block, group after group, element after element; `at(i)` is element i of the
// group for as many neighbouring outputs as there are lanes, computed as
// cpu/decode computes it, to the last bit.
#pragma once

#include "core/dtype.h"
#include "core/storage.h"
#include "cpu/simd/panel_loops.h"

namespace xling::simd {

template <class V, int P>
class PanelF32 {
 public:
  static constexpr Storage storage = Storage::f32;
  static constexpr int block_elements = 1, group_elements = 1, block_bytes = 4 * P;
  PanelF32(const Panels&, int lane) : offset_(4 * lane) {}
  void block(const uint8_t* at, int64_t) { numbers_ = V::load(reinterpret_cast<const float*>(at + offset_)); }
  void group(int) {}
  V at(int) const { return numbers_; }

 private:
  int offset_;
  V numbers_;
};

template <class V, int P>
class PanelBf16 {
 public:
  static constexpr Storage storage = Storage::bf16;
  static constexpr int block_elements = 1, group_elements = 1, block_bytes = 2 * P;
  PanelBf16(const Panels&, int lane) : offset_(2 * lane) {}
  void block(const uint8_t* at, int64_t) { numbers_ = V::load(reinterpret_cast<const bfloat16*>(at + offset_)); }
  void group(int) {}
  V at(int) const { return numbers_; }

 private:
  int offset_;
  V numbers_;
};

template <class V, int P>
class PanelF16 {
 public:
  static constexpr Storage storage = Storage::f16;
  static constexpr int block_elements = 1, group_elements = 1, block_bytes = 2 * P;
  PanelF16(const Panels&, int lane) : offset_(2 * lane) {}
  void block(const uint8_t* at, int64_t) { numbers_ = V::load_f16(at + offset_); }
  void group(int) {}
  V at(int) const { return numbers_; }

 private:
  int offset_;
  V numbers_;
};

}  // namespace xling::simd
