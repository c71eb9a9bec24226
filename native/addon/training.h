// Learning, step by step, as JavaScript asks for it.
#pragma once

#include <napi.h>

#include "addon/adapter.h"

namespace xling::addon {

// A model whose own weights train has a forward of its own, with places for their gradients. ERR_INVALID_ARGUMENT where
// none trains.
void make_trainable(DeviceModel::Parts& parts, const std::shared_ptr<Backend>& backend);

// (model, { ids, offsets, labels, keys, adapters, rowAdapters }, { objective, seed, dropout, recompute, step, vector,
// contrastive }, adapters) -> job of { sum, count }; a dropout of NaN is the model's and each adapter's own, a step that
// is undefined the number of optimizer steps; the last are all that may have gradients
Napi::Value accumulate(const Napi::CallbackInfo& info);
// (model, { lr, weightDecay, clip, beta1, beta2, eps, targets: { adapter, withoutDecay }[] }) -> job of the norm before
// clipping; a clip of 0 is none, an adapter that is undefined the model itself
Napi::Value optimizer_step(const Napi::CallbackInfo& info);
// (model, adapters) -> job
Napi::Value zero_gradients(const Napi::CallbackInfo& info);

// (model, adapter or undefined for the model's own, 'values' | 'gradients') -> job of { name, shape, data }[]
Napi::Value read_parameters(const Napi::CallbackInfo& info);
// (model, adapter or undefined, path, [engine's name, file's][], state) -> job; see addon/checkpoint.cc
Napi::Value save_checkpoint(const Napi::CallbackInfo& info);
// (path) -> job of the state that was saved there
Napi::Value checkpoint_state(const Napi::CallbackInfo& info);
// (model, adapter or undefined, path, [engine's name, file's][]) -> job
Napi::Value load_checkpoint(const Napi::CallbackInfo& info);

// (model, slot of a vector) -> job of a Float32Array
Napi::Value read_vector(const Napi::CallbackInfo& info);
// (model, adapter or undefined, { name, data }[]) -> job
Napi::Value write_parameters(const Napi::CallbackInfo& info);

}  // namespace xling::addon
