#include "nn/linear.h"

namespace xling {

namespace {

Tensor rows_of(const Tensor& tensor, const AdapterSegment& segment) {
  if (tensor.absent()) return {};
  const int64_t width = tensor.shape[1];
  return {tensor.as<float>() + segment.begin * width, {segment.end - segment.begin, width}, DType::f32};
}

Variable rows_of(const Variable& variable, const AdapterSegment& segment) {
  return {rows_of(variable.value, segment), rows_of(variable.grad, segment)};
}

}  // namespace

void linear(Pass& pass, const Variable& x, const AdaptedLayer& adapted, const Tensor& residual, const Variable& y) {
  const auto& [layer, adaptation] = adapted;
  linear(pass, x, layer.own, residual, y);
  for (const AdapterSegment& segment : adaptation) {
    const auto& lora = (*segment.layers)[layer.number];
    if (!lora) continue;
    const DropoutMask mask{segment.streams, static_cast<uint32_t>(layer.number), segment.dropout};
    lora_linear(pass, rows_of(x, segment), *lora, segment.dropout != 0 ? &mask : nullptr, rows_of(y, segment));
  }
}

}  // namespace xling
