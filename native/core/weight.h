// A matrix that kernels multiply by, as one device keeps it. It owns nothing.
// Plain data, because kernels' parameter structs cross the device-module border.
#pragma once

#include "core/shape.h"
#include "core/storage.h"

namespace xling {

enum class Layout : int32_t {
  rows = 0,      // [rows, cols] f32, row-major: what trains
  prepared = 1,  // any storage, laid as its backend multiplies by it: what is frozen
};

struct Weight {
  void* data = nullptr;  // device address
  int64_t rows = 0;      // outputs
  int64_t cols = 0;      // inputs
  Storage storage = Storage::f32;
  Layout layout = Layout::rows;

  Shape shape() const { return {rows, cols}; }
  // Of the numbers in their storage; a backend may pad.
  size_t bytes() const { return storage_bytes(storage, rows, cols); }
};

}  // namespace xling
