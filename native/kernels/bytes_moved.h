// Bytes that an op must move at the least: each input read once, each output
// written once, and read too where it is added to. Benches divide it by time.
#pragma once

#include "kernels/contract.h"

namespace xling {

template <class Op>
size_t bytes_moved(const Op& op) {
  size_t total = 0;
  bool adds = false;
  struct FindWrite {
    bool& adds;
    void operator()(const char*, const Tensor&, Role) const {}
    void operator()(const char*, const Weight&, Role) const {}
    void operator()(const char*, const Write& write) const { adds = write == Write::accumulate; }
    void operator()(const char*, float) const {}
    void operator()(const char*, Storage) const {}
  };
  Op::fields(FindWrite{adds}, op);
  struct Sum {
    size_t& total;
    const bool adds;
    void operator()(const char*, const Tensor& tensor, Role role) const {
      if (tensor.absent()) return;
      const bool twice = role == Role::accumulate || (role == Role::assign_or_accumulate && adds);
      total += tensor.bytes() * (twice ? 2 : 1);
    }
    void operator()(const char*, const Weight& weight, Role) const { total += weight.bytes(); }
    void operator()(const char*, const Write&) const {}
    void operator()(const char*, float) const {}
    void operator()(const char*, Storage) const {}
  };
  Op::fields(Sum{total, adds}, op);
  return total;
}

}  // namespace xling
