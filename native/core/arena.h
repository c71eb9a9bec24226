// One block of memory, two stacks growing towards each other:
//   left   what forward saves for backward; popped in reverse by backward
//   right  temporaries of the op that is running; popped at its scope's end
// The arena does address arithmetic only, so the counting backend can run a
// whole step over an address range that nobody backs with memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/checked.h"

namespace xling {

class Arena {
 public:
  static constexpr size_t alignment = 64;  // a cache line, and the widest vector

  // `base` must be a multiple of `alignment`; `capacity` is rounded down to one.
  Arena(void* base, size_t capacity) : base_(reinterpret_cast<uintptr_t>(base)), capacity_(capacity & ~(alignment - 1)) {}

  void* push_left(size_t bytes) {
    const size_t need = claim(bytes);
    void* out = reinterpret_cast<void*>(base_ + left_);
    left_ += need;
    note_peak();
    return out;
  }

  void* push_right(size_t bytes) {
    right_ += claim(bytes);
    note_peak();
    return reinterpret_cast<void*>(base_ + capacity_ - right_);
  }

  size_t left() const { return left_; }
  size_t right() const { return right_; }
  // Most bytes ever in use at once: the capacity that exactly fits this history.
  size_t peak() const { return peak_; }
  size_t capacity() const { return capacity_; }

  // Back to an earlier left() or right(); everything pushed since is gone.
  void pop_left(size_t mark) { left_ = shrink(left_, mark); }
  void pop_right(size_t mark) { right_ = shrink(right_, mark); }

 private:
  size_t claim(size_t bytes) const {
    const size_t need = checked_round_up(bytes, alignment, "arena");
    const size_t free = capacity_ - left_ - right_;
    if (need > free)
      fail(ErrorCode::out_of_memory, "the workspace of ", capacity_, " bytes has ", free, " free and an op needs ", need,
           "; use a smaller micro-batch or a shorter maximum length");
    return need;
  }
  static size_t shrink(size_t top, size_t mark) {
    if (mark > top) fail(ErrorCode::internal, "arena popped to ", mark, ", above its top ", top);
    return mark;
  }
  void note_peak() {
    if (left_ + right_ > peak_) peak_ = left_ + right_;
  }

  uintptr_t base_;
  size_t capacity_;
  size_t left_ = 0;
  size_t right_ = 0;
  size_t peak_ = 0;
};

// Temporaries pushed right during this object's life are popped at its end.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) : arena_(arena), mark_(arena.right()) {}
  ~ArenaScope() { arena_.pop_right(mark_); }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  size_t mark_;
};

}  // namespace xling
