// What lora_linear and its backward refuse.
#include <limits>

#include "check.h"
#include "kernels/fixture.h"
#include "kernels/lora_linear.h"

namespace {

using namespace xling;
using test::Placed;
using Forward = LoraLinear;
using Backward = LoraLinearBackward;

// A run that passes: T 4, K 6, N 5, R 3.
struct Fitting {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 1);
  Placed x{backend, {4, 6}}, a{backend, {3, 6}}, b{backend, {5, 3}}, u{backend, {4, 3}}, y{backend, {4, 5}};
  Placed dy{backend, {4, 5}}, du{backend, {4, 3}}, da{backend, {3, 6}}, db{backend, {5, 3}}, dx{backend, {4, 6}};
  Forward forward{x, a, b, u, y, 2.0f};
  Backward backward{x, a, b, u, dy, du, da, db, dx, 2.0f};
};

template <class Op>
struct Misshapen {
  Tensor Op::*tensor;
  Shape shape;
  const char* text;
};

template <class Op, size_t N>
void check_shapes(Backend& backend, const Op& fitting, const Misshapen<Op> (&table)[N]) {
  for (const auto& [tensor, shape, text] : table) {
    Op op = fitting;
    (op.*tensor).shape = shape;
    CHECK_THROWS(ErrorCode::invalid_shape, std::string(Op::name) + ": " + text, backend.run(op));
  }
}

// x gives T and K, a gives R, b gives N: what disagrees is named after them.
const Misshapen<Forward> misshapen_forward[] = {
    {&Forward::x, {24}, "x is [24] but must be a matrix"},
    {&Forward::a, {3, 6, 1}, "a is [3, 6, 1] but must be a matrix"},
    {&Forward::b, {15}, "b is [15] but must be a matrix"},
    {&Forward::x, {4, 7}, "a is [3, 6] but must be [3, 7]"},
    {&Forward::x, {3, 6}, "u is [4, 3] but must be [3, 3]"},
    {&Forward::a, {2, 6}, "b is [5, 3] but must be [5, 2]"},
    {&Forward::a, {3, 5}, "a is [3, 5] but must be [3, 6]"},
    {&Forward::b, {5, 2}, "b is [5, 2] but must be [5, 3]"},
    {&Forward::b, {4, 3}, "y is [4, 5] but must be [4, 4]"},
    {&Forward::u, {3, 3}, "u is [3, 3] but must be [4, 3]"},
    {&Forward::u, {4, 2}, "u is [4, 2] but must be [4, 3]"},
    {&Forward::y, {3, 5}, "y is [3, 5] but must be [4, 5]"},
    {&Forward::y, {4, 6}, "y is [4, 6] but must be [4, 5]"},
};

const Misshapen<Backward> misshapen_backward[] = {
    {&Backward::x, {24}, "x is [24] but must be a matrix"},
    {&Backward::a, {18}, "a is [18] but must be a matrix"},
    {&Backward::b, {5, 3, 1}, "b is [5, 3, 1] but must be a matrix"},
    {&Backward::a, {3, 5}, "a is [3, 5] but must be [3, 6]"},
    {&Backward::b, {5, 4}, "b is [5, 4] but must be [5, 3]"},
    {&Backward::u, {4, 4}, "u is [4, 4] but must be [4, 3]"},
    {&Backward::dy, {5, 4}, "dy is [5, 4] but must be [4, 5]"},
    {&Backward::du, {3, 4}, "du is [3, 4] but must be [4, 3]"},
    {&Backward::da, {6, 3}, "da is [6, 3] but must be [3, 6]"},
    {&Backward::db, {3, 5}, "db is [3, 5] but must be [5, 3]"},
    {&Backward::dx, {6, 4}, "dx is [6, 4] but must be [4, 6]"},
};

TEST("lora_linear: a shape that does not fit is refused with the one that would") {
  Fitting f;
  f.backend->run(f.forward);
  f.backend->run(f.backward);
  check_shapes(*f.backend, f.forward, misshapen_forward);
  check_shapes(*f.backend, f.backward, misshapen_backward);
}

template <class Op>
struct Named {
  const char* name;
  Tensor Op::*tensor;
};

// What is read first, then what is written.
const Named<Forward> forward_tensors[] = {{"x", &Forward::x}, {"a", &Forward::a}, {"b", &Forward::b}, {"u", &Forward::u}, {"y", &Forward::y}};
const Named<Backward> backward_tensors[] = {
    {"x", &Backward::x},   {"a", &Backward::a},   {"b", &Backward::b},   {"u", &Backward::u},  {"dy", &Backward::dy},
    {"du", &Backward::du}, {"da", &Backward::da}, {"db", &Backward::db}, {"dx", &Backward::dx}};

template <class Op, size_t N>
void check_dtypes(Backend& backend, const Op& fitting, const Named<Op> (&tensors)[N]) {
  for (const auto& [name, tensor] : tensors) {
    Op op = fitting;
    (op.*tensor).dtype = DType::bf16;
    CHECK_THROWS(ErrorCode::invalid_dtype, std::string(Op::name) + ": " + name + " is bf16 but must be f32", backend.run(op));
  }
}

TEST("lora_linear: whatever is not f32 is refused by its name") {
  Fitting f;
  check_dtypes(*f.backend, f.forward, forward_tensors);
  check_dtypes(*f.backend, f.backward, backward_tensors);
}

// Over all of an input, and over its last number alone.
template <class Op, size_t N>
void check_apart(Backend& backend, const Op& fitting, const Named<Op> (&tensors)[N], size_t inputs) {
  for (size_t i = inputs; i < N; ++i)
    for (size_t j = 0; j < i; ++j) {
      const auto [name, written] = tensors[i];
      const Tensor other = fitting.*tensors[j].tensor;
      for (size_t offset : {size_t{0}, other.shape.numel() - 1}) {
        Op op = fitting;
        (op.*written).data = other.as<float>() + offset;
        // Of two that are written, either may be named.
        const std::string who = j < inputs ? std::string(": ") + name : "";
        CHECK_THROWS(ErrorCode::invalid_argument, who + " lies over one of its inputs", backend.run(op));
      }
    }
}

TEST("lora_linear: what is written may lie over nothing else") {
  Fitting f;
  check_apart(*f.backend, f.forward, forward_tensors, 3);
  check_apart(*f.backend, f.backward, backward_tensors, 5);
}

TEST("lora_linear: a scale that is not finite is refused") {
  Fitting f;
  const float infinity = std::numeric_limits<float>::infinity();
  for (const auto& [scale, text] : {std::pair(infinity, "inf"), std::pair(-infinity, "-inf"), std::pair(std::nanf(""), "nan")}) {
    f.forward.scale = f.backward.scale = scale;
    const std::string wanted = std::string("scale is ") + text + " but must be finite";
    CHECK_THROWS(ErrorCode::invalid_argument, "lora_linear: " + wanted, f.backend->run(f.forward));
    CHECK_THROWS(ErrorCode::invalid_argument, "lora_linear_backward: " + wanted, f.backend->run(f.backward));
  }
}

}  // namespace
