#include "kernels/attention_decode.h"

#include "check.h"
#include "kernels/attention_decode_fixture.h"
#include "kernels/bytes_moved.h"

namespace {

using namespace xling;
using namespace xling::test;

constexpr int64_t whole = 1000;

const AttentionShape shapes[] = {
    {{130}, 3, 1, 8, -1, 0},        {{100, 3}, 1, 1, 72, -1, 0},    {{97, 0, 2}, 4, 1, 256, -1, 0}, {{210, 31}, 4, 1, 64, 4, 0},
    {{300}, 6, 2, 8, 0, 0},         {{97, 12}, 3, 1, 128, 95, 0},   {{310}, 3, 3, 8, 99, 0},        {{400, 200}, 4, 2, 24, 63, 0},
    {{40}, 9, 3, 64, -1, 0},        {{60}, 4, 1, 256, 20, 0},       {{193}, 5, 1, 40, -1, 0},       {{25}, 30, 2, 16, -1, 0},
};

TEST("attention_decode: rows fed in any chunks equal attention of whole rows, to the last bit, on every ISA") {
  for (const auto& shape : shapes) {
    const AttentionProblem p(shape);
    const int64_t rows = static_cast<int64_t>(p.offsets.size()) - 1;
    const std::vector<int32_t> slots = {2, 0, 3};
    for (const auto* loops : all_loops()) {
      const auto backend = cpu_with(*loops, 2);
      const Floats want = attention_y(backend, p);
      for (int64_t chunk : {int64_t{1}, int64_t{5}, int64_t{96}, whole}) {
        // The second cache never wraps, or not where the first does.
        for (int64_t more : {0, 96}) {
          const PlacedCache cache(backend, {4, p.key_heads, fewest_places(p, chunk) + more, p.width});
          Feeding feeding(backend, p, cache, {slots.begin(), slots.begin() + rows});
          feeding.feed_all(chunk);
          CHECK(feeding.y() == want);
        }
      }
    }
  }
}

TEST("attention_decode: seven tokens and then one by one equal all at once, in a ring that wraps many times") {
  const AttentionProblem p({{1000}, 2, 1, 16, 40, 0});
  for (const auto* loops : all_loops()) {
    const auto backend = cpu_with(*loops, 2);
    const PlacedCache cache(backend, {1, 1, 96, 16});
    Feeding feeding(backend, p, cache, {0});
    feeding.feed({{0, 7}});
    feeding.feed_all(1);
    CHECK(feeding.y() == attention_y(backend, p));
  }
}

TEST("attention_decode: rows at other positions in one call, in any order and slots, equal rows alone") {
  for (int32_t before : {-1, 30}) {
    const AttentionProblem p({{150, 20, 99, 1, 70}, 6, 2, 24, before, 0});
    for (const auto* loops : all_loops()) {
      const auto backend = cpu_with(*loops, 2);
      const PlacedCache cache(backend, {7, 2, 192, 24});
      Feeding feeding(backend, p, cache, {6, 0, 3, 1, 5});
      // Rows join and leave as they please: 0 to 12 tokens of each, its place in the call changing.
      const auto left = [&] { return feeding.left(0) + feeding.left(1) + feeding.left(2) + feeding.left(3) + feeding.left(4); };
      for (size_t call = 0; left() > 0; ++call) {
        Portions portions;
        for (size_t i = 0; i < 5; ++i) {
          const size_t row = (i + call) % 5;
          if ((row + call) % 4 != 0) portions.push_back({row, std::min<int64_t>(feeding.left(row), int64_t(5 * row + 7 * call) % 13)});
        }
        feeding.feed(portions);
      }
      for (size_t row = 0; row < 5; ++row) CHECK(p.cut(feeding.y(), row) == attention_y(backend, p.alone(row)));
    }
  }
}

TEST("attention_decode: threads 1 = 2 = 3, to the last bit, y and cache, on every ISA") {
  const AttentionProblem p({{200, 100, 7}, 3, 1, 40, 50, 0});
  for (const auto* loops : all_loops()) {
    Floats y, keys, values;
    for (int threads : {1, 2, 3}) {
      const auto backend = cpu_with(*loops, threads);
      const PlacedCache cache(backend, {3, 1, 192, 40});
      Feeding feeding(backend, p, cache, {0, 1, 2});
      feeding.feed_all(60);
      if (threads == 1) y = feeding.y(), keys = cache.keys.read(), values = cache.values.read();
      CHECK(same_bits(feeding.y(), y) && same_bits(cache.keys.read(), keys) && same_bits(cache.values.read(), values));
    }
  }
}

TEST("attention_decode: what a slot held before, and what a window has left behind, cannot matter") {
  const AttentionProblem p({{120}, 4, 2, 24, 9, 0});
  AttentionProblem spoilt = p;
  for (auto* tensor : {&spoilt.k, &spoilt.v})
    for (float& x : *tensor) x = NAN;
  for (const auto* loops : all_loops()) {
    const auto backend = cpu_with(*loops, 2);
    const Floats want = attention_y(backend, p);
    for (float poison : {NAN, INFINITY, -INFINITY}) {
      const PlacedCache cache(backend, {1, 2, 96, 24}, poison);
      Feeding before(backend, spoilt, cache, {0});
      before.feed_all(30);
      // A new row begins at position 0 in the same slot.
      Feeding feeding(backend, p, cache, {0});
      feeding.feed_all(30);
      CHECK(feeding.y() == want);
      // Spoilt keys and values at positions 20 … 29: tokens 30 … 38 attend some of them, the others none.
      Feeding wrong(backend, spoilt, cache, {0});
      wrong.move(0, 0, 20);
      wrong.feed({{0, 10}});
      Feeding after(backend, p, cache, {0});
      after.move(0, 0, 30);
      after.feed_all(7);
      const int64_t width = 4 * 24;
      for (int64_t t = 30; t < 120; ++t)
        for (int64_t i = t * width; i < (t + 1) * width; ++i) CHECK(t < 39 ? std::isnan(after.y()[i]) : after.y()[i] == want[i]);
    }
  }
}

TEST("attention_decode: only the slots of its rows change") {
  const AttentionProblem p({{5, 130}, 2, 2, 24, -1, 0});
  const auto backend = cpu_with(chosen_isa(), 2);
  const PlacedCache cache(backend, {5, 2, 192, 24}, 7.0f);
  Feeding feeding(backend, p, cache, {3, 1});
  feeding.feed_all(whole);
  const size_t slot = 2 * 192 * 24;
  for (const Floats& numbers : {cache.keys.read(), cache.values.read()})
    for (size_t s = 0; s < 5; ++s) {
      const size_t tokens = s == 3 ? 5 : s == 1 ? 130 : 0;
      const auto changed = [](float x) { return x != 7.0f; };
      CHECK_EQ(size_t(std::count_if(numbers.begin() + s * slot, numbers.begin() + (s + 1) * slot, changed)), tokens * 2 * 24);
    }
}

TEST("attention_decode: no rows, rows without tokens, and no slots") {
  const AttentionProblem none({{}, 2, 1, 8, -1, 0}), empty({{0, 0}, 2, 1, 8, -1, 0});
  const auto backend = cpu_with(chosen_isa(), 2);
  const PlacedCache no_slots(backend, {0, 1, 96, 8}), cache(backend, {2, 1, 96, 8});
  Feeding(backend, none, no_slots, {}).feed({});
  Feeding(backend, none, cache, {}).feed({});
  Feeding(backend, empty, cache, {1, 0}).feed({{0, 0}, {1, 0}});
  for (float x : cache.keys.read()) CHECK(std::isnan(x));
}

TEST("attention_decode: bytes moved are what the contract says") {
  const AttentionProblem p({{3, 2}, 4, 2, 8, -1, 0});
  const auto backend = cpu_with(chosen_isa(), 1);
  const PlacedCache cache(backend, {3, 2, 96, 8});
  const auto call = Feeding(backend, p, cache, {0, 1}).place({{0, 3}, {1, 2}});
  const size_t q = 5 * 4 * 8 * 4, k = q / 2, slots = 3 * 2 * 96 * 8 * 4;
  CHECK_EQ(bytes_moved(call.op(cache)), q + 2 * k + 12 + 8 + 8 + 4 * slots + q);
}

}  // namespace
