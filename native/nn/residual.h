// Where a sub-layer joins the residual stream.
#pragma once

#include <optional>

#include "autograd/layer_norm.h"
#include "autograd/rms_norm.h"
#include "nn/block_rows.h"

namespace xling {

// The residual stream around a sub-layer. Both share one gradient; without a
// tape both may be the same memory.
struct Stream {
  Variable before;
  Variable after;
};

// A sub-layer's last projection, and the norm behind it where the spec has one.
struct WayBack {
  LinearLayer projection;
  std::optional<RmsNormParameters> after;
};

// stream.after = stream.before + after(projection(x))
void join_residual(Pass& pass, const Variable& x, const WayBack& back, const Adaptation& adaptation, const Stream& stream);

// A sub-layer's last projection, and the norm of its sum with the stream.
struct NormedWayBack {
  LinearLayer projection;
  LayerNormParameters norm;
  uint32_t place;  // of its dropout among the model's
};

// stream.after = norm(stream.before + drop(projection(x)))
void join_normed(Pass& pass, const Variable& x, const NormedWayBack& back, const BlockRows& rows, const Stream& stream);

}  // namespace xling
