// Rows to learn from, as JavaScript gives them.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "addon/adapter.h"

namespace xling::addon {

struct TrainingBatch {
  std::vector<int32_t> ids, offsets;
  std::vector<int32_t> labels;                           // [T]; empty: the objective has none
  std::vector<int32_t> keys;                             // [rows, 2]; empty: none were given
  std::vector<std::shared_ptr<DeviceAdapter>> adapters;  // those in use
  std::vector<int32_t> row_adapters;                     // index into them, -1: none

  size_t rows() const { return offsets.size() - 1; }
};

// Whether offsets cut ids into rows. ERR_INVALID_ARGUMENT, ERR_INVALID_SHAPE.
void check_packed(const std::vector<int32_t>& ids, const std::vector<int32_t>& offsets);

// From { ids, offsets, labels, keys, adapters, rowAdapters }. ERR_INVALID_ARGUMENT, ERR_INVALID_SHAPE.
TrainingBatch read_training_batch(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model);

// Whether each token has a label. ERR_INVALID_SHAPE.
void check_labels(const TrainingBatch& batch);

// Gives each row its view, so that keys are [rows, 3]: rows stand in blocks of `block` rows, and one that comes in every
// block is seen once in each. Keys that nobody gave are a block's rows, counted from those seen so far.
void put_views(TrainingBatch& batch, size_t block, uint64_t rows_seen);

// The same rows, those of one adapter side by side, those without any first.
TrainingBatch ordered_by_adapter(const TrainingBatch& batch);

// Of an array of adapters of that model.
std::vector<std::shared_ptr<DeviceAdapter>> adapters_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model);

}  // namespace xling::addon
