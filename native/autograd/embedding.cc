#include "autograd/embedding.h"

namespace xling {

void embedding(Pass& pass, const Tensor& ids, const EmbeddingTable& table, const Variable& y, Write write) {
  pass.backend.run(Embedding{ids, table.weight, y.value, table.scale, write});
  if (!pass.training() || table.grad.absent()) return;

  pass.tape->record(pass.arena.left(), [&backend = pass.backend, ids, dw = table.grad, scale = table.scale, dy = y.grad] {
    backend.run(EmbeddingBackward{ids, dy, dw, scale});
  });
}

void pick_rows(Pass& pass, const Tensor& ids, const Variable& x, const Variable& y) {
  const Weight rows{x.value.data, x.value.shape[0], x.value.shape[1], Storage::f32, Layout::rows};
  embedding(pass, ids, {rows, x.grad}, y);
}

}  // namespace xling
