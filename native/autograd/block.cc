#include "autograd/block.h"

namespace xling {

void run_block(Pass& pass, const BlockBody& block) {
  if (!pass.training()) return block(pass);
  Arena& arena = pass.arena;
  const size_t mark = arena.right();
  pass.tape->record(arena.left(), [&arena, mark] { arena.pop_right(mark); });
  block(pass);
  const size_t bytes = arena.right() - mark;
  arena.pop_right(mark);
  pass.tape->record(arena.left(), [pass, mark, bytes] {
    pass.poll();
    if (pass.arena.right() != mark) fail(ErrorCode::internal, "a block's backward began while gradients of another were there");
    pass.backend.zero(pass.arena.push_right(bytes), bytes);
  });
}

void recompute_block(Pass& pass, const BlockBody& block) {
  const size_t mark = pass.arena.left();
  Pass forward{pass.backend, pass.arena, nullptr, pass.cancel};
  block(forward);
  pass.arena.pop_left(mark);
  if (!pass.training()) return;
  pass.tape->record(mark, [forward, block] {
    Tape tape;
    Pass again{forward.backend, forward.arena, &tape, forward.cancel};
    run_block(again, block);
    tape.backward(again.arena);
  });
}

}  // namespace xling
