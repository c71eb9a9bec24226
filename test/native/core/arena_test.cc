#include "core/arena.h"

#include "check.h"

namespace {

using namespace xling;

alignas(Arena::alignment) unsigned char block[1024];

TEST("arena: the stacks grow towards each other, aligned") {
  Arena arena(block, sizeof block);
  auto* a = static_cast<unsigned char*>(arena.push_left(1));
  auto* b = static_cast<unsigned char*>(arena.push_left(65));
  auto* z = static_cast<unsigned char*>(arena.push_right(10));
  CHECK(a == block);
  CHECK(b == block + 64);
  CHECK(z == block + 1024 - 64);
  CHECK_EQ(arena.left(), size_t{64 + 128});
  CHECK_EQ(arena.right(), size_t{64});
}

TEST("arena: a scope gives its temporaries back, the peak remembers them") {
  Arena arena(block, sizeof block);
  {
    ArenaScope scope(arena);
    arena.push_right(100);
    arena.push_left(1);
  }
  CHECK_EQ(arena.right(), size_t{0});
  CHECK_EQ(arena.left(), size_t{64});
  CHECK_EQ(arena.peak(), size_t{128 + 64});
}

TEST("arena: its peak is a capacity that the same history fits into exactly") {
  const auto history = [](Arena& arena) {
    arena.push_left(100);
    {
      ArenaScope scope(arena);
      arena.push_right(300);
      arena.push_right(7);
    }
    arena.push_left(200);
    arena.push_right(1);
  };
  Arena roomy(block, sizeof block);
  history(roomy);
  Arena exact(block, roomy.peak());
  history(exact);
  CHECK_EQ(exact.peak(), exact.capacity());
  Arena small(block, roomy.peak() - Arena::alignment);
  CHECK_THROWS(ErrorCode::out_of_memory, "smaller micro-batch", history(small));
}

TEST("arena: sizes that overflow are refused, zero bytes are not") {
  Arena arena(block, sizeof block);
  CHECK_THROWS(ErrorCode::invalid_shape, "overflows", arena.push_left(SIZE_MAX));
  CHECK_THROWS(ErrorCode::out_of_memory, "free", arena.push_right(SIZE_MAX - 64));
  CHECK(arena.push_left(0) == block);
  CHECK_EQ(arena.peak(), size_t{0});
}

TEST("arena: popping above the top is a bug that is caught") {
  Arena arena(block, sizeof block);
  CHECK_THROWS(ErrorCode::internal, "above its top", arena.pop_left(64));
}

}  // namespace
