#include "autograd/pool.h"

namespace xling {

void pool(Pass& pass, const Variable& x, const Tensor& offsets, const Variable& y, const PoolOptions& options) {
  pass.backend.run(Pool{x.value, offsets, y.value, options.pooling, options.scale, options.write});
  if (!pass.training() || x.grad.absent()) return;

  pass.tape->record(pass.arena.left(), [&backend = pass.backend, x, offsets, dy = y.grad, options] {
    backend.run(PoolBackward{x.value, offsets, dy, x.grad, options.pooling, options.scale});
  });
}

}  // namespace xling
