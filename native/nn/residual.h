// Where a sub-layer joins the residual stream.
#pragma once

#include <optional>

#include "autograd/rms_norm.h"
#include "nn/linear.h"

namespace xling {

// A sub-layer's last projection, and the norm behind it where the spec has one.
struct WayBack {
  LinearLayer projection;
  std::optional<RmsNormParameters> after;
};

// The residual stream around a sub-layer. Both share one gradient; without a
// tape both may be the same memory.
struct Stream {
  Variable before;
  Variable after;
};

// stream.after = stream.before + after(projection(x))
inline void join_residual(Pass& pass, const Variable& x, const WayBack& back, const Adaptation& adaptation, const Stream& stream) {
  const AdaptedLayer projection{back.projection, adaptation};
  if (!back.after) return linear(pass, x, projection, stream.before.value, stream.after);
  const Variable projected = pass.activation(stream.after.value.shape);
  linear(pass, x, projection, {}, projected);
  rms_norm(pass, projected, *back.after, stream.before.value, stream.after);
}

}  // namespace xling
