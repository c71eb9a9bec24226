#include "nn/attention.h"

namespace xling {

namespace {

// Where one of the three projections ends: [T, heads, D], normed and turned where that is asked.
struct Heads {
  const LinearLayer& projection;
  const RmsNormParameters* norm;  // null: none
  const RopeAngles* angles;       // null: they are not turned
  int64_t count, width;
};

Variable reshaped(const Variable& x, const Shape& shape) {
  Variable out = x;
  out.value.shape = shape;
  if (!x.grad.absent()) out.grad.shape = shape;
  return out;
}

Variable project(Pass& pass, const Variable& x, const Heads& heads, const Adaptation& adaptation) {
  const int64_t tokens = x.value.shape[0];
  Variable out = pass.activation({tokens, heads.count * heads.width});
  linear(pass, x, {heads.projection, adaptation}, {}, out);
  if (heads.norm) {
    const Variable rows = reshaped(out, {tokens * heads.count, heads.width});
    // Backward reads what was normed, so a norm may write over it only when nothing trains.
    out = pass.training() ? pass.activation(rows.value.shape) : rows;
    rms_norm(pass, rows, *heads.norm, {}, out);
  }
  out = reshaped(out, {tokens, heads.count, heads.width});
  if (!heads.angles) return out;
  // What is turned, nothing reads again: only its gradient needs a place of its own.
  const Variable turned{out.value, pass.gradient(out.value.shape)};
  rope(pass, out, *heads.angles, turned);
  return turned;
}

const RmsNormParameters* pointer(const std::optional<RmsNormParameters>& norm) { return norm ? &*norm : nullptr; }

}  // namespace

Variable self_attention(Pass& pass, const Variable& x, const AttentionParameters& p, const BlockRows& rows) {
  const int64_t tokens = x.value.shape[0];
  const RopeAngles* angles = rows.angles ? &*rows.angles : nullptr;
  const Variable query = project(pass, x, {p.query, pointer(p.query_norm), angles, p.heads, p.head_dim}, rows.adaptation);
  const Variable key = project(pass, x, {p.key, pointer(p.key_norm), angles, p.key_value_heads, p.head_dim}, rows.adaptation);
  const Variable value = project(pass, x, {p.value, nullptr, nullptr, p.key_value_heads, p.head_dim}, rows.adaptation);
  const Variable mixed = pass.activation({tokens, p.heads, p.head_dim});
  if (rows.cached) {
    const auto& [slots, starts, layer] = *rows.cached;
    pass.backend.run(AttentionDecode{query.value, key.value, value.value, rows.offsets, slots, starts, layer.keys, layer.values,
                                     mixed.value, p.scale, p.before});
  } else {
    AttentionOptions options{p.scale, p.before, p.after, {}};
    if (rows.drops.probabilities != 0) options.dropout = rows.drops.mask(p.place, rows.drops.probabilities);
    attention(pass, {query, key, value, rows.offsets}, mixed, options);
  }
  return reshaped(mixed, {tokens, p.heads * p.head_dim});
}

}  // namespace xling
