#include "addon/training_batch.h"

#include <algorithm>
#include <numeric>

#include "addon/properties.h"

namespace xling::addon {

namespace {

void check_batch(const TrainingBatch& batch) {
  check_packed(batch.ids, batch.offsets);
  if (batch.row_adapters.size() != batch.rows())
    fail(ErrorCode::invalid_shape, "there are ", batch.row_adapters.size(), " adapters for ", batch.rows(), " rows; each row needs one");
  if (!batch.keys.empty() && batch.keys.size() != 2 * batch.rows())
    fail(ErrorCode::invalid_shape, "there are ", batch.keys.size() / 2, " keys for ", batch.rows(), " rows; each row needs one");
}

}  // namespace

void check_packed(const std::vector<int32_t>& ids, const std::vector<int32_t>& offsets) {
  if (offsets.empty()) fail(ErrorCode::invalid_shape, "offsets are empty; they are one more than the rows");
  if (offsets.front() != 0)
    fail(ErrorCode::invalid_argument, "offsets must begin with 0; row r is ids[offsets[r]] to ids[offsets[r + 1] - 1]");
  for (size_t row = 0; row + 1 < offsets.size(); ++row)
    if (offsets[row + 1] < offsets[row])
      fail(ErrorCode::invalid_argument, "offsets fall from ", offsets[row], " to ", offsets[row + 1], " at row ", row);
  const auto tokens = static_cast<size_t>(offsets.back());
  if (tokens != ids.size())
    fail(ErrorCode::invalid_shape, "offsets end at ", tokens, " but there are ", ids.size(), " ids; the last offset is their number");
}

std::vector<std::shared_ptr<DeviceAdapter>> adapters_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "adapters must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<std::shared_ptr<DeviceAdapter>> out;
  for (uint32_t i = 0; i < array.Length(); ++i) out.push_back(adapter_of(array.Get(i), model));
  return out;
}

void check_labels(const TrainingBatch& batch) {
  if (batch.labels.size() != batch.ids.size())
    fail(ErrorCode::invalid_shape, "there are ", batch.labels.size(), " labels for ", batch.ids.size(), " ids; each token needs one, -100 for none");
}

TrainingBatch read_training_batch(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model) {
  const Properties given("batch", value);
  TrainingBatch batch;
  batch.ids = given.ids("ids");
  batch.offsets = given.ids("offsets");
  batch.labels = given.ids("labels");
  batch.keys = given.ids("keys");
  batch.row_adapters = given.ids("rowAdapters");
  batch.adapters = adapters_of(given.value("adapters"), model);
  check_batch(batch);
  return batch;
}

void put_views(TrainingBatch& batch, size_t block, uint64_t rows_seen) {
  std::vector<int32_t> keys;
  for (size_t row = 0; row < batch.rows(); ++row) {
    const uint64_t key = rows_seen + row % block;
    if (batch.keys.empty())
      keys.insert(keys.end(), {static_cast<int32_t>(static_cast<uint32_t>(key)), static_cast<int32_t>(key >> 32)});
    else
      keys.insert(keys.end(), {batch.keys[2 * row], batch.keys[2 * row + 1]});
    keys.push_back(static_cast<int32_t>(row / block));
  }
  batch.keys = std::move(keys);
}

TrainingBatch ordered_by_adapter(const TrainingBatch& batch) {
  std::vector<size_t> order(batch.rows());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return batch.row_adapters[a] < batch.row_adapters[b]; });
  TrainingBatch out;
  out.adapters = batch.adapters;
  out.offsets = {0};
  const auto append = [](std::vector<int32_t>& to, const std::vector<int32_t>& from, size_t begin, size_t end) {
    to.insert(to.end(), from.begin() + static_cast<int64_t>(begin), from.begin() + static_cast<int64_t>(end));
  };
  for (const size_t row : order) {
    const auto begin = static_cast<size_t>(batch.offsets[row]), end = static_cast<size_t>(batch.offsets[row + 1]);
    append(out.ids, batch.ids, begin, end);
    if (!batch.labels.empty()) append(out.labels, batch.labels, begin, end);
    out.offsets.push_back(static_cast<int32_t>(out.ids.size()));
    append(out.keys, batch.keys, 3 * row, 3 * row + 3);
    out.row_adapters.push_back(batch.row_adapters[row]);
  }
  return out;
}

}  // namespace xling::addon
