// Dimensions of a dense, row-major tensor: at most four, outermost first.
// The letters used everywhere: B rows of a batch, T tokens (packed), H hidden
// width, D width of a vector or head, V vocabulary, R LoRA rank.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>

#include "core/checked.h"

namespace xling {

struct Shape {
  static constexpr int max_rank = 4;

  int64_t dims[max_rank] = {0, 0, 0, 0};
  int32_t rank = 0;
  int32_t reserved = 0;  // keeps the layout free of padding at the device-module border

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes) : Shape(sizes.begin(), sizes.size()) {}
  Shape(const int64_t* sizes, size_t count) {
    if (count > max_rank)
      fail(ErrorCode::invalid_shape, "a tensor has at most ", int{max_rank}, " dimensions, not ", count);
    for (size_t i = 0; i < count; ++i) {
      if (sizes[i] < 0) fail(ErrorCode::invalid_shape, "dimension ", i, " is negative (", sizes[i], ")");
      dims[i] = sizes[i];
    }
    rank = static_cast<int32_t>(count);
  }

  int64_t operator[](int i) const { return dims[i]; }

  // Elements in all; a rank-0 shape is a scalar and has one.
  size_t numel() const {
    size_t product = 1;
    for (int i = 0; i < rank; ++i) product = checked_mul(product, static_cast<size_t>(dims[i]), "tensor size");
    return product;
  }

  bool operator==(const Shape& other) const {
    if (rank != other.rank) return false;
    for (int i = 0; i < rank; ++i)
      if (dims[i] != other.dims[i]) return false;
    return true;
  }
  bool operator!=(const Shape& other) const { return !(*this == other); }
};

inline std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (int i = 0; i < shape.rank; ++i) out << (i ? ", " : "") << shape.dims[i];
  return out << ']';
}

}  // namespace xling
