#include "nn/attention.h"

#include "autograd/attention.h"

namespace xling {

namespace {

// Where one of the three projections ends: [T, heads, D], normed and turned where that is asked.
struct Heads {
  const LinearParameters& projection;
  const RmsNormParameters* norm;  // null: none
  const RopeAngles* angles;       // null: values are not turned
  int64_t count, width;
};

Variable reshaped(const Variable& x, const Shape& shape) {
  Variable out = x;
  out.value.shape = shape;
  if (!x.grad.absent()) out.grad.shape = shape;
  return out;
}

// A step writes over what it reads when nothing trains; backward would miss it.
Variable next(Pass& pass, const Variable& x) { return pass.training() ? pass.activation(x.value.shape) : x; }

Variable project(Pass& pass, const Variable& x, const Heads& heads) {
  const int64_t tokens = x.value.shape[0];
  Variable out = pass.activation({tokens, heads.count * heads.width});
  linear(pass, x, heads.projection, {}, out);
  if (heads.norm) {
    const Variable rows = reshaped(out, {tokens * heads.count, heads.width});
    out = next(pass, rows);
    rms_norm(pass, rows, *heads.norm, {}, out);
  }
  out = reshaped(out, {tokens, heads.count, heads.width});
  if (!heads.angles) return out;
  const Variable turned = next(pass, out);
  rope(pass, out, *heads.angles, turned);
  return turned;
}

const RmsNormParameters* pointer(const std::optional<RmsNormParameters>& norm) { return norm ? &*norm : nullptr; }

}  // namespace

void self_attention(Pass& pass, const Variable& x, const AttentionParameters& p, const RowGeometry& rows,
                    const Stream& stream) {
  const int64_t tokens = x.value.shape[0];
  const Variable query = project(pass, x, {p.query, pointer(p.query_norm), &rows.angles, p.heads, p.head_dim});
  const Variable key = project(pass, x, {p.key, pointer(p.key_norm), &rows.angles, p.key_value_heads, p.head_dim});
  const Variable value = project(pass, x, {p.value, nullptr, nullptr, p.key_value_heads, p.head_dim});
  const Variable mixed = pass.activation({tokens, p.heads, p.head_dim});
  const auto before = static_cast<int32_t>(p.window == 0 ? -1 : p.window - 1);
  if (rows.cached) {
    const auto& [slots, starts, layer] = *rows.cached;
    pass.backend.run(AttentionDecode{query.value, key.value, value.value, rows.offsets, slots, starts, layer.keys, layer.values,
                                     mixed.value, p.scale, before});
  } else {
    attention(pass, {query, key, value, rows.offsets}, mixed, {p.scale, before, 0});
  }
  join_residual(pass, reshaped(mixed, {tokens, p.heads * p.head_dim}), p.output, stream);
}

}  // namespace xling
