// An adapter as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "addon/model.h"
#include "models/adapter.h"

namespace xling::addon {

struct DeviceAdapter final : DeviceResource {
  static constexpr napi_type_tag tag = {0xd71c5a0e93b8426f, 0x8a25f61b0e47c3d9};
  static constexpr char what[] = "adapter";

  std::shared_ptr<DeviceModel> model;
  float dropout = 0;
  std::unique_ptr<Adapter> parts;  // touched by the device's worker only; null until it has factors, and once disposed

  uint64_t merged_by = 0;  // the exchange of the model's weights that put it among them; 0: none

  // ERR_ALREADY_MERGED where it is in the weights: it would be added twice.
  const LoraLayers& beside_weights() const {
    if (model->parts->merged && merged_by == model->parts->exchanges)
      fail(ErrorCode::already_merged, "this adapter is merged into the model's weights; leave it out, or unmerge the model");
    return adapter().frozen();
  }

  Adapter& adapter() const {
    if (!parts) fail(ErrorCode::disposed, "this adapter has no factors: it was disposed, or there was no memory for it");
    return *parts;
  }
  Trainables* trainables() const { return parts ? parts->trainables() : nullptr; }

  void release() override { parts.reset(); }
  ~DeviceAdapter() override {
    if (parts) context->leave_to_worker(std::shared_ptr<Adapter>(std::move(parts)));
  }
};

// From an array of { slot, rank, scale }.
std::vector<Adapter::Site> sites_of(const Napi::Value& value);

// The adapter of that model; null for undefined. ERR_INVALID_ARGUMENT for another model's.
std::shared_ptr<DeviceAdapter> adapter_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model);

// Every row through the adapter; it may be null.
ForwardOptions through(const std::shared_ptr<DeviceAdapter>& adapter, int64_t rows);

Napi::Value create_adapter(const Napi::CallbackInfo& info);   // (model, dropout) -> adapter, without factors
Napi::Value init_adapter(const Napi::CallbackInfo& info);     // (adapter, sites, seed) -> job
Napi::Value fill_adapter(const Napi::CallbackInfo& info);     // (adapter, sites, weights, [factor, tensor][]) -> job
Napi::Value save_adapter(const Napi::CallbackInfo& info);     // (adapter, path, [factor, tensor][]) -> job
Napi::Value dispose_adapter(const Napi::CallbackInfo& info);  // (adapter) -> job

}  // namespace xling::addon
