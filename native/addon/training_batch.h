// Rows to learn from, as JavaScript gives them.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "addon/adapter.h"

namespace xling::addon {

struct TrainingBatch {
  std::vector<int32_t> ids, offsets, labels;
  std::vector<int32_t> keys;                             // [rows, 2]; empty: none were given
  std::vector<std::shared_ptr<DeviceAdapter>> adapters;  // those in use
  std::vector<int32_t> row_adapters;                     // index into them, -1: none

  size_t rows() const { return offsets.size() - 1; }
};

// From { ids, offsets, labels, keys, adapters, rowAdapters }. ERR_INVALID_ARGUMENT, ERR_INVALID_SHAPE.
TrainingBatch read_training_batch(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model);

// The same rows, those of one adapter side by side, those without any first. Keys
// that nobody gave are the rows seen so far; each gets its view, 0, so they are [rows, 3] then.
TrainingBatch ordered_by_adapter(const TrainingBatch& batch, uint64_t rows_seen);

// Of an array of adapters of that model.
std::vector<std::shared_ptr<DeviceAdapter>> adapters_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model);

}  // namespace xling::addon
