#include "kernels/adapter_merge.h"

#include <cstring>
#include <limits>
#include <string>
#include <tuple>

#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

struct Problem {
  int64_t outputs, inputs, rank;
  Floats a, b, w;
  float scale = -1.7f;

  Problem(int64_t n, int64_t k, int64_t r) : outputs(n), inputs(k), rank(r) {
    a = test::random_numbers(size_t(r * k), 1);
    b = test::random_numbers(size_t(n * r), 2);
    w = test::random_numbers(size_t(n * k), 3);
  }
};

std::vector<uint8_t> stored(const Floats& values, Storage storage) {
  std::vector<uint8_t> out;
  for (const float value : values) {
    const bfloat16 half = to_bf16(value);
    const auto* bytes = storage == Storage::f32 ? reinterpret_cast<const uint8_t*>(&value) : reinterpret_cast<const uint8_t*>(&half);
    out.insert(out.end(), bytes, bytes + bytes_per_block(storage));
  }
  return out;
}

Floats numbers(const std::vector<uint8_t>& bytes, Storage storage) {
  Floats out(bytes.size() / bytes_per_block(storage));
  for (size_t i = 0; i < out.size(); ++i) {
    bfloat16 half;
    if (storage == Storage::f32)
      std::memcpy(&out[i], &bytes[i * sizeof(float)], sizeof(float));
    else
      std::memcpy(&half, &bytes[i * sizeof half], sizeof half), out[i] = to_f32(half);
  }
  return out;
}

Floats run(const std::shared_ptr<Backend>& backend, const Problem& p) {
  const Placed a(backend, {p.rank, p.inputs}, p.a), b(backend, {p.outputs, p.rank}, p.b), w(backend, {p.outputs, p.inputs}, p.w);
  backend->run(AdapterMerge{a, b, test::in_rows(w), test::in_rows(w), p.scale});
  return w.read();
}

// The same of a frozen weight, as numbers of its storage, into another one or itself.
Floats run_prepared(const std::shared_ptr<Backend>& backend, const Problem& p, Storage storage, bool in_place) {
  const Shape shape{p.outputs, p.inputs};
  const Placed a(backend, {p.rank, p.inputs}, p.a), b(backend, {p.outputs, p.rank}, p.b);
  const auto bytes = stored(p.w, storage);
  const test::Prepared w(backend, storage, shape, bytes.data());
  const std::vector<uint8_t> garbage(bytes.size(), 0x7f);
  const test::Prepared other(backend, storage, shape, garbage.data());
  const Weight y = in_place ? w : other;
  backend->run(AdapterMerge{a, b, w, y, p.scale});
  std::vector<uint8_t> out(bytes.size());
  backend->read_weight(out.data(), y);
  return numbers(out, storage);
}

Floats rounded(Floats values, Storage storage) { return numbers(stored(values, storage), storage); }

// The contract to the letter; portable lanes round a product before they add it.
Floats by_contract(const simd::Loops& loops, const Problem& p) {
  const bool fused = std::string(loops.isa) != "portable";
  const auto multiply_add = [&](float x, float y, float z) { return fused ? std::fma(x, y, z) : x * y + z; };
  Floats out = p.w;
  for (int64_t n = 0; n < p.outputs; ++n)
    for (int64_t k = 0; k < p.inputs; ++k) {
      float sum = 0;
      for (int64_t r = 0; r < p.rank; ++r) sum = multiply_add(p.b[n * p.rank + r], p.a[r * p.inputs + k], sum);
      float& w = out[n * p.inputs + k];
      w = multiply_add(p.scale, sum, w);
    }
  return out;
}

TEST("adapter_merge: every number is its contract's, to the last bit, on every ISA") {
  for (int64_t rank : {0, 1, 3, 8, 65})
    for (const auto& [outputs, inputs] : {std::tuple(0, 5), std::tuple(5, 0), std::tuple(1, 1), std::tuple(33, 129), std::tuple(64, 72),
                                          std::tuple(71, 333)}) {
      const Problem p(outputs, inputs, rank);
      for (const auto* loops : test::all_loops()) CHECK(run(test::cpu_with(*loops, 2), p) == by_contract(*loops, p));
    }
}

TEST("adapter_merge: frozen weights have the same numbers, rounded to their storage, in place or into another") {
  for (const Storage storage : {Storage::f32, Storage::bf16})
    for (int64_t rank : {0, 1, 8, 65})
      for (const auto& [outputs, inputs] : {std::tuple(1, 1), std::tuple(33, 129), std::tuple(64, 72), std::tuple(97, 40)}) {
        Problem p(outputs, inputs, rank);
        p.w = rounded(p.w, storage);
        for (const auto* loops : test::all_loops()) {
          const Floats want = rounded(by_contract(*loops, p), storage);
          for (const bool in_place : {false, true}) CHECK(run_prepared(test::cpu_with(*loops, 2), p, storage, in_place) == want);
        }
      }
}

// A panel is read as a whole: what pads it must be zero, whatever was in its memory.
TEST("adapter_merge: the rows that pad a panel are zero, so a product with it is that of its rows") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Problem p(37, 24, 3);
  const Shape shape{p.outputs, p.inputs};
  const Placed a(backend, {p.rank, p.inputs}, p.a), b(backend, {p.outputs, p.rank}, p.b);
  const auto bytes = stored(p.w, Storage::f32);
  const test::Prepared w(backend, Storage::f32, shape, bytes.data());
  const size_t room = backend->weight_bytes(Storage::f32, shape[0], shape[1]);
  Buffer memory(backend, room), fresh(backend, room);
  const std::vector<uint8_t> garbage(room, 0x7f);
  backend->write(memory.data(), garbage.data(), room);
  const Weight y{memory.data(), shape[0], shape[1], Storage::f32, Layout::prepared};
  backend->run(AdapterMerge{a, b, w, y, p.scale});
  const Weight again{fresh.data(), shape[0], shape[1], Storage::f32, Layout::prepared};
  std::vector<uint8_t> rows(y.bytes()), merged(room), laid(room);
  backend->read_weight(rows.data(), y);
  backend->write_weight(again, rows.data());
  backend->read(merged.data(), y.data, room);
  backend->read(laid.data(), again.data, room);
  CHECK(merged == laid);
}

TEST("adapter_merge: threads 1 = 2 = 3, to the last bit, on every ISA") {
  const Problem p(201, 301, 8);
  for (const auto* loops : test::all_loops()) {
    const Floats one = run(test::cpu_with(*loops, 1), p);
    for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p) == one);
  }
}

// A sum of many small terms beside a large weight would lose each of them, were it not made first.
TEST("adapter_merge: a small change of a large weight is rounded once") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const int64_t rank = 64;
  const float small = 1.0f / (1 << 24);  // half an ulp of 1, which rounds to nothing by itself
  const Placed a(backend, {rank, 1}, Floats(rank, small)), b(backend, {1, rank}, Floats(rank, 1.0f)), w(backend, {1, 1}, Floats{1.0f});
  backend->run(AdapterMerge{a, b, test::in_rows(w), test::in_rows(w), 1.0f});
  CHECK(w.read()[0] == 1.0f + rank * small);
}

TEST("adapter_merge: refuses what does not fit, by name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed a(backend, {3, 6}), b(backend, {5, 3}), w(backend, {5, 6}), y(backend, {5, 6});
  const AdapterMerge fitting{a, b, test::in_rows(w), test::in_rows(y), 2.0f};
  backend->run(fitting);
  struct Case {
    Tensor AdapterMerge::*tensor;
    Shape shape;
    const char* text;
  };
  for (const auto& [tensor, shape, text] : {Case{&AdapterMerge::a, {18}, "a is [18] but must be a matrix"},
                                            Case{&AdapterMerge::b, {5, 3, 1}, "b is [5, 3, 1] but must be a matrix"},
                                            Case{&AdapterMerge::b, {5, 2}, "b is [5, 2] but must be [5, 3]"},
                                            Case{&AdapterMerge::a, {3, 5}, "w is [5, 6] but must be [5, 5]"},
                                            Case{&AdapterMerge::b, {4, 3}, "w is [5, 6] but must be [4, 6]"}}) {
    AdapterMerge op = fitting;
    (op.*tensor).shape = shape;
    CHECK_THROWS(ErrorCode::invalid_shape, text, backend->run(op));
  }
  for (Tensor AdapterMerge::*tensor : {&AdapterMerge::a, &AdapterMerge::b}) {
    AdapterMerge op = fitting;
    (op.*tensor).dtype = DType::bf16;
    CHECK_THROWS(ErrorCode::invalid_dtype, "adapter_merge", backend->run(op));
  }
  const auto refuses = [&](ErrorCode code, const char* text, auto&& change) {
    AdapterMerge op = fitting;
    change(op);
    CHECK_THROWS(code, text, backend->run(op));
  };
  refuses(ErrorCode::invalid_shape, "y is [4, 6] but must be [5, 6]", [](AdapterMerge& op) { op.y.rows = 4; });
  refuses(ErrorCode::invalid_argument, "w is q8_0 but must be f32 or bf16",
          [](AdapterMerge& op) { op.w.storage = op.y.storage = Storage::q8_0, op.w.layout = op.y.layout = Layout::prepared; });
  refuses(ErrorCode::invalid_argument, "y must be stored as w is, f32 in rows", [](AdapterMerge& op) { op.y.layout = Layout::prepared; });
  refuses(ErrorCode::invalid_argument, "y lies over one of its inputs", [&](AdapterMerge& op) { op.y.data = op.a.data; });
  refuses(ErrorCode::invalid_argument, "y lies over one of its inputs", [&](AdapterMerge& op) { op.y.data = op.b.data; });
  refuses(ErrorCode::invalid_argument, "y lies over one of its inputs",
          [&](AdapterMerge& op) { op.y.data = static_cast<uint8_t*>(op.w.data) + sizeof(float); });
  for (float scale : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    refuses(ErrorCode::invalid_argument, "adapter_merge: scale is", [&](AdapterMerge& op) { op.scale = scale; });
}

}  // namespace
