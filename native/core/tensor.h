// A view of dense device memory. It owns nothing: a Buffer or an arena does.
// Plain data, because kernels' parameter structs cross the device-module border.
#pragma once

#include "core/dtype.h"
#include "core/shape.h"

namespace xling {

struct Tensor {
  void* data = nullptr;  // device address; host code reads it through Backend::read only
  Shape shape;
  DType dtype = DType::f32;
  int32_t reserved = 0;

  size_t bytes() const { return checked_mul(shape.numel(), size_of(dtype), "tensor bytes"); }
  bool absent() const { return data == nullptr && shape.rank == 0; }

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

}  // namespace xling
