// What attention_decode refuses, and that it refuses before it changes anything.
#include "check.h"
#include "kernels/attention_decode_fixture.h"

namespace {

using namespace xling;
using namespace xling::test;

struct Misuse {
  std::shared_ptr<Backend> backend = cpu_with(chosen_isa(), 1);
  AttentionProblem p{{{3, 2}, 4, 2, 8, -1, 0}};
  PlacedCache cache{backend, {3, 2, 96, 8}};
  PlacedDecode call = Feeding(backend, p, cache, {2, 0}).place({{0, 3}, {1, 2}});

  // The call with one tensor of another shape or type.
  void with(Tensor AttentionDecode::*tensor, const Shape& shape, DType dtype = DType::f32) const {
    const Placed other(backend, shape, dtype);
    AttentionDecode op = call.op(cache);
    op.*tensor = other;
    backend->run(op);
  }
  // The call with one tensor where another lies, and none of the others near.
  void over(Tensor AttentionDecode::*tensor, Tensor AttentionDecode::*other) const {
    AttentionDecode op = call.op(cache);
    const size_t bytes = std::max((op.*tensor).bytes(), (op.*other).bytes());
    const Placed room(backend, Shape{static_cast<int64_t>(bytes)}, DType::u8);
    (op.*tensor).data = (op.*other).data = Tensor(room).data;
    backend->run(op);
  }
  template <class T>
  void changed(T AttentionDecode::*member, T value) const {
    AttentionDecode op = call.op(cache);
    op.*member = value;
    backend->run(op);
  }
  // The call with other contents of offsets, slots or starts.
  void numbers(Tensor AttentionDecode::*tensor, const std::vector<int32_t>& values, int32_t before = -1) const {
    const PlacedInts other(backend, values);
    AttentionDecode op = call.op(cache);
    op.*tensor = other;
    op.before = before;
    backend->run(op);
  }
};

TEST("attention_decode: what does not fit is refused with the tensor's name") {
  const Misuse m;
  using Op = AttentionDecode;
  CHECK_THROWS(ErrorCode::invalid_shape, "attention_decode: q is [5, 32] but must be [T, Hq, D]", m.with(&Op::q, {5, 32}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q is [5, 0, 8] but must have heads", m.with(&Op::q, {5, 0, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q is [5, 4, 12] but D must be a multiple of 8 from 8 to 256", m.with(&Op::q, {5, 4, 12}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q is [5, 4, 264] but D", m.with(&Op::q, {5, 4, 264}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "q is bf16 but must be f32", m.with(&Op::q, {5, 4, 8}, DType::bf16));
  CHECK_THROWS(ErrorCode::invalid_shape, "q has 3 heads, which is no multiple of the 2 of k", m.with(&Op::q, {5, 3, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "k is [5, 2] but must be [T, Hkv, D]", m.with(&Op::k, {5, 2}));
  CHECK_THROWS(ErrorCode::invalid_shape, "k is [4, 2, 8] but must be [5, 2, 8]", m.with(&Op::k, {4, 2, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "v is [5, 1, 8] but must be [5, 2, 8]", m.with(&Op::v, {5, 1, 8}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "v is i32 but must be f32", m.with(&Op::v, {5, 2, 8}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_shape, "offsets is [0] but must be [B+1]", m.with(&Op::offsets, Shape{0}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_dtype, "offsets is f32 but must be i32", m.with(&Op::offsets, Shape{3}));
  CHECK_THROWS(ErrorCode::invalid_shape, "slots is [3] but must be [2]", m.with(&Op::slots, Shape{3}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_dtype, "slots is f32 but must be i32", m.with(&Op::slots, Shape{2}));
  CHECK_THROWS(ErrorCode::invalid_shape, "starts is [1] but must be [2]", m.with(&Op::starts, Shape{1}, DType::i32));
  CHECK_THROWS(ErrorCode::invalid_dtype, "starts is f32 but must be i32", m.with(&Op::starts, Shape{2}));
  CHECK_THROWS(ErrorCode::invalid_shape, "keys is [3, 96, 8] but must be [S, Hkv, C, D]", m.with(&Op::keys, {3, 96, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "keys is [3, 2, 95, 8] but C must be a multiple of 96 above 0", m.with(&Op::keys, {3, 2, 95, 8}));
  CHECK_THROWS(ErrorCode::invalid_shape, "keys is [3, 2, 0, 8] but C must be", m.with(&Op::keys, {3, 2, 0, 8}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "keys is bf16 but must be f32", m.with(&Op::keys, {3, 2, 96, 8}, DType::bf16));
  CHECK_THROWS(ErrorCode::invalid_shape, "values is [3, 2, 192, 8] but must be [3, 2, 96, 8]", m.with(&Op::values, {3, 2, 192, 8}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "values is bf16 but must be f32", m.with(&Op::values, {3, 2, 96, 8}, DType::bf16));
  for (const Shape& shape : {Shape{3, 1, 96, 8}, Shape{3, 2, 96, 16}}) {
    const PlacedCache other(m.backend, shape);
    CHECK_THROWS(ErrorCode::invalid_shape, "but must be [3, 2, 96, 8]", m.backend->run(m.call.op(other)));
  }
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [5, 2, 8] but must be [5, 4, 8]", m.with(&Op::y, {5, 2, 8}));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16 but must be f32", m.with(&Op::y, {5, 4, 8}, DType::bf16));
  CHECK_THROWS(ErrorCode::invalid_argument, "scale is nan but must be finite", m.changed(&Op::scale, NAN));
  CHECK_THROWS(ErrorCode::invalid_argument, "before is -2 but must be a number of places, or -1", m.changed(&Op::before, -2));
}

TEST("attention_decode: an output over an input or another output is refused") {
  const Misuse m;
  using Op = AttentionDecode;
  for (auto input : {&Op::q, &Op::k, &Op::v, &Op::offsets, &Op::slots, &Op::starts}) {
    CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", m.over(&Op::y, input));
    CHECK_THROWS(ErrorCode::invalid_argument, "keys lies over one of its inputs", m.over(&Op::keys, input));
    CHECK_THROWS(ErrorCode::invalid_argument, "values lies over one of its inputs", m.over(&Op::values, input));
  }
  CHECK_THROWS(ErrorCode::invalid_argument, "values lies over one of its inputs", m.over(&Op::values, &Op::keys));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", m.over(&Op::y, &Op::keys));
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", m.over(&Op::y, &Op::values));
}

TEST("attention_decode: rows, slots and positions that cannot be are refused, and nothing has changed") {
  const Misuse m;
  using Op = AttentionDecode;
  const auto refused = [&](Tensor Op::*tensor, const std::vector<int32_t>& values, const std::string& text, int32_t before = -1) {
    CHECK_THROWS(ErrorCode::invalid_argument, "attention_decode: " + text, m.numbers(tensor, values, before));
    for (const Placed* placed : {&m.cache.keys, &m.cache.values, &m.call.y})
      for (float x : placed->read()) CHECK(std::isnan(x));
  };
  refused(&Op::offsets, {1, 3, 5}, "offsets[0] is 1 but must be 0");
  refused(&Op::offsets, {0, 6, 5}, "offsets[2] is 5, below offsets[1], which is 6");
  refused(&Op::offsets, {0, 3, 4}, "offsets[2] is 4 but must be 5, the number of tokens");
  refused(&Op::slots, {2, 3}, "slots[1] is 3, which is none of the 3 slots, numbered from 0");
  refused(&Op::slots, {-1, 0}, "slots[0] is -1, which is none of the 3 slots");
  refused(&Op::slots, {2147483647, 0}, "slots[0] is 2147483647");
  refused(&Op::slots, {1, 1}, "slots[1] is 1, which slots[0] is too; rows share no slot");
  refused(&Op::starts, {0, -1}, "starts[1] is -1 but must be 0 or more");
  refused(&Op::starts, {94, 0}, "row 0 has 3 tokens from position 94 on, and a slot has 96 places; use a cache with more");
  refused(&Op::starts, {0, 2147483647}, "row 1 has 2 tokens from position 2147483647 on");
  refused(&Op::starts, {94, 0}, "row 0 has 3 tokens, the first attends 94 before it, and a slot has 96 places; give fewer", 94);
  refused(&Op::starts, {94, 0}, "row 0 has 3 tokens, the first attends 2147483647 before it", 2147483647);
}

TEST("attention_decode: the last token that a slot has room for is taken, of all and of a window") {
  const Misuse m;
  using Op = AttentionDecode;
  m.numbers(&Op::starts, {93, 94});
  m.numbers(&Op::starts, {2147483647, 1000000}, 93);
  m.numbers(&Op::starts, {93, 94}, 94);
  for (const auto& [starts, before] : {std::pair{std::vector<int32_t>{94, 0}, -1}, {{0, 95}, -1}, {{94, 0}, 94}})
    CHECK_THROWS(ErrorCode::invalid_argument, "a slot has 96 places", m.numbers(&Op::starts, starts, before));
}

}  // namespace
