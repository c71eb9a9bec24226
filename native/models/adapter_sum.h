// Adapters in a weighted sum, as they become part of a model's matrices.
#pragma once

#include <string>
#include <vector>

#include "models/adapter.h"
#include "models/model_weights.h"

namespace xling {

struct AdapterTerm {
  const Adapter* adapter;
  double weight;
};

using AdapterSum = std::vector<AdapterTerm>;

// Whether one of them adapts that layer, with a weight other than 0.
bool adds_to(const AdapterSum& sum, const std::string& slot);

// The matrix in a slot with all that they add to it, f32 in rows on the device. ERR_NON_FINITE, naming the slot.
Buffer merged(const std::shared_ptr<Backend>& backend, const ModelWeights& weights, const Slot& slot, const AdapterSum& sum);

// The storage that a matrix has once it is merged: its own, or bf16 where its own is only read.
Storage merged_storage(Storage storage);

}  // namespace xling
