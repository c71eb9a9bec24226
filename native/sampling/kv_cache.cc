#include "sampling/kv_cache.h"

#include <algorithm>

#include "core/checked.h"

namespace xling {

namespace {

// Positions that a layer's slot has room for, in whole tiles of attention.
int64_t room(const DecoderSpec::Layer& layer, const KvCache::Size& size) {
  const int64_t all = size.positions;
  const int64_t needed = layer.window == 0 ? all : std::min(all, layer.window - 1 + size.at_once);
  return (needed + kv_cache_tile - 1) / kv_cache_tile * kv_cache_tile;
}

}  // namespace

KvCache::KvCache(const std::shared_ptr<Backend>& backend, const DecoderSpec& spec, const Size& size) : backend_(backend) {
  for (const auto& layer : spec.layers) {
    const Shape shape{size.slots, spec.key_value_heads, room(layer, size), spec.head_dim};
    const auto allocated = [&] {
      const Tensor tensor{nullptr, shape, DType::f32};
      memory_.emplace_back(backend, tensor.bytes());
      return Tensor{memory_.back().data(), shape, DType::f32};
    };
    const Tensor keys = allocated();
    layers_.push_back({keys, allocated()});
  }
}

size_t KvCache::bytes() const {
  size_t total = 0;
  for (const auto& buffer : memory_) total += buffer.bytes();
  return total;
}

void KvCache::copy(int64_t from, int64_t to, int64_t count) {
  for (const auto& layer : layers_)
    backend_->run(KvCopy{layer.keys, layer.values, static_cast<int32_t>(from), static_cast<int32_t>(to), static_cast<int32_t>(count)});
}

}  // namespace xling
