#include "backend/counting_backend.h"

#include <algorithm>

#include "core/arena.h"

namespace xling {

void* CountingBackend::allocate(size_t bytes) {
  void* address = reinterpret_cast<void*>(next_);
  next_ += checked_round_up(bytes + 1, Arena::alignment, "allocation");
  bytes_ += bytes;
  peak_ = std::max(peak_, bytes_);
  return address;
}

void CountingBackend::release(void*, size_t bytes) noexcept { bytes_ -= bytes; }

}  // namespace xling
