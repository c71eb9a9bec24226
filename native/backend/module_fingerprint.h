// A number that differs whenever a module and a host would disagree about the
// meaning of a call: another version, contract, field, order, size or offset.
#pragma once

#include <cstdint>

#include "backend/module_abi.h"
#include "kernels/contracts.h"

namespace xling {

// FNV-1a over the layout.
class Fingerprint {
 public:
  void add(const char* text) {
    for (; *text; ++text) mix(static_cast<unsigned char>(*text));
    mix(0);
  }
  void add(uint64_t number) {
    for (int byte = 0; byte < 8; ++byte) mix(static_cast<unsigned char>(number >> (8 * byte)));
  }
  uint64_t value() const { return hash_; }

 private:
  void mix(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3ull; }
  uint64_t hash_ = 0xcbf29ce484222325ull;
};

template <class Op>
void add_contract(Fingerprint& print) {
  static_assert(std::is_trivially_copyable_v<Op> && std::is_standard_layout_v<Op>, "contracts cross a C border");
  const Op op{};
  print.add(Op::name);
  print.add(sizeof(Op));
  Op::fields(
      [&](const char* field, const auto& member, auto...) {
        print.add(field);
        print.add(static_cast<uint64_t>(reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(&op)));
        print.add(sizeof member);
      },
      op);
}

inline uint64_t module_fingerprint() {
  Fingerprint print;
  print.add(uint64_t{XLING_MODULE_VERSION});
  print.add(sizeof(XlingBackend));
  for_each_contract(Contracts{}, [&](auto* op) { add_contract<std::remove_pointer_t<decltype(op)>>(print); });
  return print.value();
}

}  // namespace xling
