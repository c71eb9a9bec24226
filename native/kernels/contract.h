// What a kernel's header declares, and what everything else derives from it.
//
// A contract is one plain struct `Op` of tensors, weights and numbers, with
//   static constexpr char name[]            the stem, as JavaScript calls it
//   template <class V, class Self> static void fields(V&& visit, Self& op)
//                                           visit(field name, member, role) in order
//   void check(const Op&)                   shapes and dtypes, before every run
// From `fields` come the call from JavaScript, the byte count of benches and the
// fingerprint of the device-module border: none of them is written per kernel.
#pragma once

#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <type_traits>

#include "core/tensor.h"
#include "core/weight.h"

namespace xling {

// How a kernel uses a tensor: reads it (`in`), overwrites it (`=`), adds to it
// (`+=`), or, by a Write parameter of the same struct, either of the last two.
enum class Role { in, assign, accumulate, assign_or_accumulate };

enum class Write : int32_t { assign = 0, accumulate = 1 };

// An enum that a field may be, numbered from 0; its names, in that order, are JavaScript's.
template <class Enum>
struct Choices;

template <>
struct Choices<Write> {
  static constexpr const char* names[] = {"assign", "accumulate"};
};

// "'assign' or 'accumulate'"
template <class Enum>
std::string choices_of() {
  std::string text;
  for (const char* name : Choices<Enum>::names) text += (text.empty() ? "'" : " or '") + std::string(name) + "'";
  return text;
}

template <class... Ops>
struct ContractList {
  static constexpr int32_t size = sizeof...(Ops);
};

// Position of Op in the list: its number at the device-module border.
template <class Op, class... Ops>
constexpr int32_t index_of(ContractList<Ops...>) {
  static_assert((std::is_same_v<Op, Ops> || ...), "not a contract of the list");
  int32_t index = 0;
  bool found = false;
  ((found || std::is_same_v<Op, Ops> ? found = true : ++index), ...);
  return index;
}

// Calls visit(Op*) for every contract, in order.
template <class Visit, class... Ops>
void for_each_contract(ContractList<Ops...>, Visit&& visit) {
  (visit(static_cast<Ops*>(nullptr)), ...);
}

inline void expect_shape(const char* kernel, const char* tensor, const Tensor& got, const Shape& want) {
  if (got.shape != want) fail(ErrorCode::invalid_shape, kernel, ": ", tensor, " is ", got.shape, " but must be ", want);
}

inline void expect_dtype(const char* kernel, const char* tensor, const Tensor& got, DType want) {
  if (got.dtype != want)
    fail(ErrorCode::invalid_dtype, kernel, ": ", tensor, " is ", name_of(got.dtype), " but must be ", name_of(want));
}

inline void expect_weight(const char* kernel, const char* weight, const Weight& got, const Shape& want) {
  if (got.shape() != want) fail(ErrorCode::invalid_shape, kernel, ": ", weight, " is ", got.shape(), " but must be ", want);
  if (got.layout == Layout::rows && got.storage != Storage::f32)
    fail(ErrorCode::invalid_argument, kernel, ": ", weight, " is ", name_of(got.storage), " in rows; only f32 can be, prepare it");
}

template <class Enum>
void expect_choice(const char* kernel, const char* field, Enum got) {
  if (static_cast<uint32_t>(got) >= std::size(Choices<Enum>::names))
    fail(ErrorCode::invalid_argument, kernel, ": ", field, " must be ", choices_of<Enum>());
}

// Whether a byte is in both: tensors or weights. What is absent is nowhere.
template <class A, class B>
bool overlap(const A& a, const B& b) {
  if (!a.data || !b.data) return false;
  const auto begin = [](const auto& t) { return reinterpret_cast<uintptr_t>(t.data); };
  return begin(a) < begin(b) + b.bytes() && begin(b) < begin(a) + a.bytes();
}

// For kernels that read an input again after they have begun to write.
template <class Output, class Input>
void expect_apart(const char* kernel, const char* output, const Output& written, const Input& read) {
  if (overlap(written, read))
    fail(ErrorCode::invalid_argument, kernel, ": ", output, " lies over one of its inputs; give it memory of its own");
}

// For kernels that read an element of an input before they write that of the output.
inline void expect_same_or_apart(const char* kernel, const char* output, const Tensor& written, const Tensor& read) {
  if (written.data != read.data || written.bytes() != read.bytes()) expect_apart(kernel, output, written, read);
}

}  // namespace xling
