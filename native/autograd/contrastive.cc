#include "autograd/contrastive.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xling {

namespace {

int32_t checked_anchors(int64_t anchors, const Tensor& x) {
  if (x.shape.rank != 2 || anchors < 1 || anchors > x.shape[0] / 2 || anchors > std::numeric_limits<int32_t>::max())
    fail(ErrorCode::invalid_shape, "contrastive: x is ", x.shape, " but must be [R, d], R twice the ", anchors,
         " anchors at least, and those from 1 to ", std::numeric_limits<int32_t>::max());
  return static_cast<int32_t>(anchors);
}

float scale_of(float temperature) {
  const float scale = 1 / temperature;
  if (!std::isfinite(scale) || scale <= 0)
    fail(ErrorCode::invalid_argument, "contrastive: temperature is ", temperature, " but must be a finite number above 0");
  return scale;
}

// Of [anchors, candidates], how many rows stand in memory at once.
int64_t rows_at_once(int64_t anchors, int64_t candidates) {
  const size_t row = checked_mul(static_cast<size_t>(candidates), sizeof(float), "contrastive's logits");
  if (checked_mul(static_cast<size_t>(anchors), row, "contrastive's logits") <= logits_kept_bytes) return anchors;
  return std::clamp<int64_t>(static_cast<int64_t>(logits_tile_bytes / row), 1, anchors);
}

}  // namespace

void contrastive(Pass& pass, const Variable& x, const ContrastiveOptions& options, const Tensor& loss) {
  Contrastive op{};
  op.x = x.value;
  op.anchors = checked_anchors(options.anchors, x.value);
  op.scale = scale_of(options.temperature);
  op.hard_negative_weight = options.hard_negative_weight;
  op.directions = options.directions;
  const int64_t candidates = x.value.shape[0] - options.anchors;
  ArenaScope scope(pass.arena);
  op.unit = pass.push_right(x.value.shape, DType::f32);
  op.z = pass.push_right({rows_at_once(options.anchors, candidates), candidates}, DType::f32);
  op.loss = loss;
  if (pass.training()) op.dx = x.grad;
  pass.backend.run(op);
}

}  // namespace xling
