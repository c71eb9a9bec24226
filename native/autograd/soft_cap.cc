#include "autograd/soft_cap.h"

namespace xling {

void soft_cap(Pass& pass, const Variable& x, const Variable& y, float cap) {
  pass.backend.run(SoftCap{x.value, y.value, cap});
  if (!pass.training() || x.grad.absent()) return;

  pass.tape->record(pass.arena.left(), [&backend = pass.backend, y, dx = x.grad, cap] {
    backend.run(SoftCapBackward{y.value, y.grad, dx, cap, Write::accumulate});
  });
}

}  // namespace xling
