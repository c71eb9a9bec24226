#include "models/runner.h"

#include "backend/counting_backend.h"

namespace xling {

size_t Runner::need(const Body& body) const {
  CountingBackend counting(*backend_);
  // Addresses that nobody may touch, and none of them null, which is no tensor.
  Arena endless(reinterpret_cast<void*>(uintptr_t{1} << 32), size_t{1} << 62);
  Pass pass{counting, endless};
  body(pass);
  return checked_round_up(endless.peak(), Arena::alignment, "workspace");
}

void Runner::run(const Body& body, const CancelToken* cancel) {
  Arena& arena = workspace_.arena();
  // What an aborted pass left.
  arena.pop_left(0);
  arena.pop_right(0);
  workspace_.reserve(need(body));
  Pass pass{*backend_, arena, nullptr, cancel};
  body(pass);
  arena.pop_left(0);
}

}  // namespace xling
