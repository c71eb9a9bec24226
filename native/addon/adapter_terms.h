// Weighted sums of adapters: as an adapter of their own, or within a model's weights.
#pragma once

#include <napi.h>

#include "addon/adapter.h"
#include "models/adapter_sum.h"

namespace xling::addon {

struct WeightedAdapter {
  std::shared_ptr<DeviceAdapter> adapter;
  double weight;
};

using AdapterTerms = std::vector<WeightedAdapter>;

// From an array of { adapter, weight }; undefined is none. All are of that model.
AdapterTerms adapter_terms(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model);

// On the device's worker: ERR_DISPOSED for an adapter without factors.
AdapterSum sum_of(const AdapterTerms& terms);

// (adapter without factors, sites, { adapter, weight }[], 'delta' | 'factor-wise') -> job
Napi::Value compose_adapter(const Napi::CallbackInfo& info);
// (model, { adapter, weight }[]) -> job of { from, to, matrices }[]: storages of the matrices that changed
Napi::Value merge_adapters(const Napi::CallbackInfo& info);
Napi::Value unmerge_adapters(const Napi::CallbackInfo& info);  // (model) -> job

}  // namespace xling::addon
