#include "core/code_books.h"

#include <cstddef>

namespace xling {

namespace {

// Border j of n equal parts of [0.1, 1], counted from the nearer end and rounded
// once: as torch.linspace gives it, from which the book's bits are defined.
float border(int j, int n) {
  const double step = (1.0f - 0.1f) / static_cast<float>(n);
  return static_cast<float>(j < (n + 1) / 2 ? double{0.1f} + step * j : 1.0 - step * (n - j));
}

std::array<float, 256> make_dynamic_code() {
  constexpr float scales[7] = {1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1.0f};
  std::array<float, 256> code{};
  for (int decade = 0; decade < 7; ++decade)
    for (int part = 0, parts = 1 << decade; part < parts; ++part) {
      const float middle = (border(part, parts) + border(part + 1, parts)) / 2.0f;
      const int rank = parts - 1 + part;  // among the positive ones
      code[static_cast<size_t>(128 + rank)] = scales[decade] * middle;
      code[static_cast<size_t>(126 - rank)] = -scales[decade] * middle;
    }
  code[255] = 1.0f;
  return code;
}

}  // namespace

const std::array<float, 256>& dynamic_code() {
  static const std::array<float, 256> code = make_dynamic_code();
  return code;
}

}  // namespace xling
