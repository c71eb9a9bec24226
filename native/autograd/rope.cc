#include "autograd/rope.h"

namespace xling {

void rope(Pass& pass, const Variable& x, const RopeAngles& angles, const Variable& y) {
  pass.backend.run(Rope{x.value, angles.cos, angles.sin, y.value, RopeDirection::forward, Write::assign});
  if (!pass.training() || x.grad.absent()) return;

  pass.tape->record(pass.arena.left(), [&backend = pass.backend, from = y.grad, to = x.grad, angles] {
    backend.run(Rope{from, angles.cos, angles.sin, to, RopeDirection::inverse, Write::accumulate});
  });
}

}  // namespace xling
