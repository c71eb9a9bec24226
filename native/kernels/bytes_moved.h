// Bytes that an op must move at the least: each input read once, each output
// written once, and read too where it is added to. Benches divide it by time.
#pragma once

#include "kernels/contract.h"

namespace xling {

template <class Op>
size_t bytes_moved(const Op& op) {
  bool adds = false;
  Op::fields(
      [&](const char*, const auto& field, auto...) {
        if constexpr (std::is_same_v<decltype(field), const Write&>) adds = field == Write::accumulate;
      },
      op);
  size_t total = 0;
  Op::fields(
      [&](const char*, const auto& field, auto... role) {
        if constexpr (std::is_same_v<decltype(field), const Weight&>) total += field.bytes();
        if constexpr (std::is_same_v<decltype(field), const Tensor&>) {
          if (field.absent()) return;
          const bool twice = ((role == Role::accumulate || (role == Role::assign_or_accumulate && adds)) || ...);
          total += field.bytes() * (twice ? 2 : 1);
        }
      },
      op);
  return total;
}

}  // namespace xling
