// Adapters in a weighted sum, as they become part of a model's matrices.
#pragma once

#include <string>
#include <vector>

#include "models/adapter.h"
#include "models/adapter_algebra.h"
#include "models/model_weights.h"

namespace xling {

struct AdapterTerm {
  const Adapter* adapter;
  double weight;
};

using AdapterSum = std::vector<AdapterTerm>;

// Whether one of them adapts that layer.
bool adds_to(const AdapterSum& sum, const std::string& slot);

// The factors of those that adapt it.
std::vector<WeightedFactors> factors_of(Backend& backend, const AdapterSum& sum, const std::string& slot);

// A slot's matrix with all that they add to it, which is something. Both throw ERR_NON_FINITE, naming the slot.
struct MergedMatrix {
  const std::shared_ptr<Backend>& backend;
  const ModelWeights& weights;
  const Slot& slot;
  const AdapterSum& sum;

  // f32 in rows, on the device.
  Buffer wide() const;
  // In a storage that can be written, as the slot would hold it.
  ModelWeights::Held held(Storage storage) const;
};

// The storage that a matrix has once it is merged: its own, or bf16 where its own is only read.
Storage merged_storage(Storage storage);

}  // namespace xling
