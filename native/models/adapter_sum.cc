#include "models/adapter_sum.h"

#include <algorithm>
#include <cmath>

namespace xling {

bool adds_to(const AdapterSum& sum, const std::string& slot) {
  return std::any_of(sum.begin(), sum.end(), [&](const AdapterTerm& term) { return term.weight != 0 && term.adapter->layer(slot); });
}

Buffer merged(const std::shared_ptr<Backend>& backend, const ModelWeights& weights, const Slot& slot, const AdapterSum& sum) {
  Buffer memory = weights.wide(slot);
  const Tensor matrix{memory.data(), slot.shape, DType::f32};
  for (const auto& [adapter, weight] : sum) {
    const LoraParameters* layer = adapter->layer(slot.name);
    if (!layer || weight == 0) continue;
    const auto scale = static_cast<float>(weight * layer->scale);
    if (!std::isfinite(scale)) fail(ErrorCode::non_finite, slot.name, ": an adapter's weight times its scale is ", scale, "; use smaller weights");
    backend->run(AdapterMerge{layer->a.value, layer->b.value, matrix, scale});
  }
  const Buffer norm(backend, sizeof(float));
  backend->run(GradNorm{matrix, {norm.data(), Shape{1}, DType::f32}});
  float length;
  backend->read(&length, norm.data(), sizeof length);
  if (!std::isfinite(length))
    fail(ErrorCode::non_finite, slot.name, " has a NaN, or numbers beyond f32, once the adapters are merged; use smaller weights, and look for damaged adapters");
  return memory;
}

Storage merged_storage(Storage storage) { return can_be_written(storage) ? storage : Storage::bf16; }

}  // namespace xling
