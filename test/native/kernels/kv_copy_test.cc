#include "kernels/kv_copy.h"

#include "check.h"
#include "kernels/attention_decode_fixture.h"
#include "kernels/bytes_moved.h"

namespace {

using namespace xling;
using namespace xling::test;

TEST("kv_copy: a row that goes on from a copied prefix equals the row computed in place, on every ISA") {
  const struct {
    AttentionShape shape;
    int32_t prefix;
    int64_t places;
  } cases[] = {
      {{{40}, 3, 1, 8, -1, 0}, 7, 96},       {{{200}, 3, 1, 8, -1, 0}, 96, 288},   {{{200}, 4, 2, 72, -1, 0}, 97, 288},
      {{{120}, 4, 1, 256, -1, 0}, 100, 192}, {{{250}, 2, 1, 24, 60, 0}, 96, 96},   {{{300}, 2, 2, 40, 50, 0}, 230, 96},
      {{{300}, 2, 1, 16, 50, 0}, 100, 192},
  };
  for (const auto& c : cases)
    for (const auto* loops : all_loops()) {
      const AttentionProblem p(c.shape);
      const auto backend = cpu_with(*loops, 2);
      const PlacedCache cache(backend, {4, p.key_heads, c.places, p.width});
      const int64_t chunk = p.before < 0 ? 96 : c.places - p.before;
      Feeding feeding(backend, p, cache, {1});
      while (feeding.left(0) > p.tokens() - c.prefix) feeding.feed({{0, std::min(chunk, feeding.left(0) - (p.tokens() - c.prefix))}});
      for (int32_t to : {3, 0}) {
        backend->run(KvCopy{cache.keys, cache.values, 1, to, c.prefix});
        feeding.move(0, to, c.prefix);
        feeding.feed_all(chunk);
        CHECK(feeding.y() == attention_y(backend, p));
      }
    }
}

TEST("kv_copy: a prefix can be handed on while its slot goes on beyond it") {
  const AttentionProblem p({{190}, 3, 1, 24, -1, 0});
  for (const auto* loops : all_loops()) {
    const auto backend = cpu_with(*loops, 2);
    const PlacedCache cache(backend, {2, 1, 192, 24});
    Feeding feeding(backend, p, cache, {0});
    feeding.feed_all(96);
    backend->run(KvCopy{cache.keys, cache.values, 0, 1, 110});
    feeding.move(0, 1, 110);
    feeding.feed_all(1);
    CHECK(feeding.y() == attention_y(backend, p));
  }
}

Floats counting(size_t n, float first) {
  Floats out(n);
  for (size_t i = 0; i < n; ++i) out[i] = first + static_cast<float>(i);
  return out;
}

TEST("kv_copy: all of a slot where count is C or more, in every number; nothing for count 0 or onto itself; no other slot changes") {
  const Shape shape{3, 2, 192, 8};
  const size_t slot = 2 * 192 * 8;
  const auto backend = cpu_with(chosen_isa(), 2);
  const Floats keys = counting(shape.numel(), 1), values = counting(shape.numel(), 1e6f);
  for (int32_t count : {192, 193, 2147483647}) {
    const Placed k(backend, shape, keys), v(backend, shape, values);
    backend->run(KvCopy{k, v, 2, 1, count});
    for (const auto& [placed, old] : {std::pair{&k, &keys}, std::pair{&v, &values}}) {
      Floats want = *old;
      std::copy(old->begin() + 2 * slot, old->begin() + 3 * slot, want.begin() + slot);
      CHECK(placed->read() == want);
    }
  }
  const Placed k(backend, shape, keys), v(backend, shape, values);
  backend->run(KvCopy{k, v, 2, 1, 0});
  backend->run(KvCopy{k, v, 1, 1, 192});
  CHECK(k.read() == keys && v.read() == values);
  CHECK_EQ(bytes_moved(KvCopy{k, v, 0, 1, 1}), 4 * sizeof(float) * keys.size());
}

TEST("kv_copy: threads 1 = 2 = 3, over heads of several tasks each") {
  const Shape shape{2, 2, 1920, 64};
  const size_t slot = 2 * 1920 * 64;
  const Floats keys = counting(shape.numel(), 1), values = counting(shape.numel(), 1e6f);
  for (int threads : {1, 2, 3}) {
    const auto backend = cpu_with(chosen_isa(), threads);
    const Placed k(backend, shape, keys), v(backend, shape, values);
    backend->run(KvCopy{k, v, 1, 0, 1920});
    for (const auto& [placed, old] : {std::pair{&k, &keys}, std::pair{&v, &values}}) {
      Floats want = *old;
      std::copy(old->begin() + slot, old->end(), want.begin());
      CHECK(placed->read() == want);
    }
  }
}

TEST("kv_copy: what does not fit is refused and named") {
  const auto backend = cpu_with(chosen_isa(), 1);
  const Placed keys(backend, {3, 2, 96, 8}), values(backend, {3, 2, 96, 8});
  const auto with = [&](Tensor k, Tensor v) { backend->run(KvCopy{k, v, 0, 1, 1}); };
  const auto placed = [&](const Shape& shape, DType dtype = DType::f32) { return Placed(backend, shape, dtype); };
  CHECK_THROWS(ErrorCode::invalid_shape, "kv_copy: keys is [6, 96, 8] but must be [S, Hkv, C, D]", with(placed({6, 96, 8}), values));
  CHECK_THROWS(ErrorCode::invalid_shape, "keys is [3, 2, 100, 8] but C must be a multiple of 96 above 0", with(placed({3, 2, 100, 8}), values));
  CHECK_THROWS(ErrorCode::invalid_dtype, "keys is bf16 but must be f32", with(placed({3, 2, 96, 8}, DType::bf16), values));
  CHECK_THROWS(ErrorCode::invalid_shape, "values is [2, 2, 96, 8] but must be [3, 2, 96, 8]", with(keys, placed({2, 2, 96, 8})));
  CHECK_THROWS(ErrorCode::invalid_dtype, "values is i32 but must be f32", with(keys, placed({3, 2, 96, 8}, DType::i32)));
  CHECK_THROWS(ErrorCode::invalid_argument, "values lies over one of its inputs", with(keys, keys));
  const auto copy = [&](int32_t from, int32_t to, int32_t count) { backend->run(KvCopy{keys, values, from, to, count}); };
  CHECK_THROWS(ErrorCode::invalid_argument, "from is -1, which is none of the 3 slots, numbered from 0", copy(-1, 0, 1));
  CHECK_THROWS(ErrorCode::invalid_argument, "from is 3, which is none of the 3 slots", copy(3, 3, 0));
  CHECK_THROWS(ErrorCode::invalid_argument, "to is -7", copy(0, -7, 1));
  CHECK_THROWS(ErrorCode::invalid_argument, "to is 3", copy(0, 3, 1));
  CHECK_THROWS(ErrorCode::invalid_argument, "count is -1 but must be 0 or more", copy(0, 1, -1));
  const Placed none(backend, {0, 2, 96, 8}), none_too(backend, {0, 2, 96, 8});
  CHECK_THROWS(ErrorCode::invalid_argument, "from is 0, which is none of the 0 slots", with(none, none_too));
}

}  // namespace
