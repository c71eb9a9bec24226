#include "nn/residual.h"

namespace xling {

void join_residual(Pass& pass, const Variable& x, const WayBack& back, const Adaptation& adaptation, const Stream& stream) {
  const AdaptedLayer projection{back.projection, adaptation};
  if (!back.after) return linear(pass, x, projection, stream.before.value, stream.after);
  const Variable projected = pass.activation(stream.after.value.shape);
  linear(pass, x, projection, {}, projected);
  rms_norm(pass, projected, *back.after, stream.before.value, stream.after);
}

void join_normed(Pass& pass, const Variable& x, const NormedWayBack& back, const BlockRows& rows, const Stream& stream) {
  const Shape& shape = stream.after.value.shape;
  const AdaptedLayer projection{back.projection, rows.adaptation};
  // The norm turns the stream's gradient into the sum's where it stands, so the sum needs none of its own.
  const Variable sum = pass.training() ? Variable{pass.push_left(shape, DType::f32), stream.after.grad} : stream.after;
  if (rows.drops.features == 0) {
    linear(pass, x, projection, stream.before.value, sum);
  } else {
    // It may lie where the sum will, but not over what is added to it.
    const bool apart = sum.value.data != stream.before.value.data;
    const Variable projected{apart ? sum.value : pass.push_left(shape, DType::f32), pass.gradient(shape)};
    linear(pass, x, projection, {}, projected);
    dropout(pass, projected, rows.drops.mask(back.place, rows.drops.features), stream.before.value, sum);
  }
  layer_norm(pass, sum, back.norm, stream.after);
}

}  // namespace xling
