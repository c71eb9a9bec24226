#include "autograd/dropout.h"

namespace xling {

namespace {

int32_t bits(uint64_t number) { return static_cast<int32_t>(static_cast<uint32_t>(number)); }

}  // namespace

AttentionDropout attention_dropout_by(const DropoutMask& mask) {
  const RowStreams& rows = mask.rows;
  return {rows.keys, bits(rows.seed), bits(rows.seed >> 32), bits(mask.op), bits(rows.step), mask.rate};
}

Dropout dropout_by(const DropoutMask& mask, const Tensor& x, const Tensor& y, Write y_write) {
  const RowStreams& rows = mask.rows;
  return {x,
          rows.offsets,
          rows.keys,
          y,
          bits(rows.seed),
          bits(rows.seed >> 32),
          bits(mask.op),
          bits(rows.step),
          mask.rate,
          y_write};
}

void dropout(Pass& pass, const Variable& x, const DropoutMask& mask, const Tensor& residual, const Variable& y) {
  Dropout forward = dropout_by(mask, x.value, y.value, Write::assign);
  forward.residual = residual;
  pass.backend.run(forward);
  if (!pass.training() || x.grad.absent()) return;

  const Write dx_write = x.grad.data == y.grad.data ? Write::assign : Write::accumulate;
  pass.tape->record(pass.arena.left(), [&backend = pass.backend, mask, dy = y.grad, dx = x.grad, dx_write] {
    backend.run(dropout_by(mask, dy, dx, dx_write));
  });
}

}  // namespace xling
