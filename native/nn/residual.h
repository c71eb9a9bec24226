// Where a sub-layer joins the residual stream.
#pragma once

#include <optional>

#include "autograd/linear.h"
#include "autograd/rms_norm.h"

namespace xling {

// A sub-layer's last projection, and the norm behind it where the spec has one.
struct WayBack {
  LinearParameters projection;
  std::optional<RmsNormParameters> after;
};

// The residual stream around a sub-layer. Both share one gradient; without a
// tape both may be the same memory.
struct Stream {
  Variable before;
  Variable after;
};

// stream.after = stream.before + after(projection(x))
inline void join_residual(Pass& pass, const Variable& x, const WayBack& back, const Stream& stream) {
  if (!back.after) return linear(pass, x, back.projection, stream.before.value, stream.after);
  const Variable projected = pass.activation(stream.after.value.shape);
  linear(pass, x, back.projection, {}, projected);
  rms_norm(pass, projected, *back.after, stream.before.value, stream.after);
}

}  // namespace xling
