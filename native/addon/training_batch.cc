#include "addon/training_batch.h"

#include <algorithm>
#include <numeric>

#include "addon/properties.h"

namespace xling::addon {

namespace {

void check_batch(const TrainingBatch& batch) {
  if (batch.offsets.empty()) fail(ErrorCode::invalid_shape, "offsets are empty; they are one more than the rows");
  if (batch.offsets.front() != 0)
    fail(ErrorCode::invalid_argument, "offsets must begin with 0; row r is ids[offsets[r]] to ids[offsets[r + 1] - 1]");
  for (size_t row = 0; row < batch.rows(); ++row)
    if (batch.offsets[row + 1] < batch.offsets[row])
      fail(ErrorCode::invalid_argument, "offsets fall from ", batch.offsets[row], " to ", batch.offsets[row + 1], " at row ", row);
  const auto tokens = static_cast<size_t>(batch.offsets.back());
  if (tokens != batch.ids.size())
    fail(ErrorCode::invalid_shape, "offsets end at ", tokens, " but there are ", batch.ids.size(), " ids; the last offset is their number");
  if (batch.labels.size() != batch.ids.size())
    fail(ErrorCode::invalid_shape, "there are ", batch.labels.size(), " labels for ", batch.ids.size(), " ids; each token needs one, -100 for none");
  if (batch.row_adapters.size() != batch.rows())
    fail(ErrorCode::invalid_shape, "there are ", batch.row_adapters.size(), " adapters for ", batch.rows(), " rows; each row needs one");
  if (!batch.keys.empty() && batch.keys.size() != 2 * batch.rows())
    fail(ErrorCode::invalid_shape, "there are ", batch.keys.size() / 2, " keys for ", batch.rows(), " rows; each row needs one");
}

}  // namespace

std::vector<std::shared_ptr<DeviceAdapter>> adapters_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "adapters must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<std::shared_ptr<DeviceAdapter>> out;
  for (uint32_t i = 0; i < array.Length(); ++i) out.push_back(adapter_of(array.Get(i), model));
  return out;
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

TrainingBatch ordered_by_adapter(const TrainingBatch& batch, uint64_t rows_seen) {
  std::vector<size_t> order(batch.rows());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return batch.row_adapters[a] < batch.row_adapters[b]; });
  TrainingBatch out;
  out.adapters = batch.adapters;
  out.offsets = {0};
  for (const size_t row : order) {
    const int32_t begin = batch.offsets[row], end = batch.offsets[row + 1];
    out.ids.insert(out.ids.end(), batch.ids.begin() + begin, batch.ids.begin() + end);
    out.labels.insert(out.labels.end(), batch.labels.begin() + begin, batch.labels.begin() + end);
    out.offsets.push_back(static_cast<int32_t>(out.ids.size()));
    const uint64_t key = rows_seen + row;
    if (batch.keys.empty())
      out.keys.insert(out.keys.end(), {static_cast<int32_t>(static_cast<uint32_t>(key)), static_cast<int32_t>(key >> 32), 0});
    else
      out.keys.insert(out.keys.end(), {batch.keys[2 * row], batch.keys[2 * row + 1], 0});
    out.row_adapters.push_back(batch.row_adapters[row]);
  }
  return out;
}

}  // namespace xling::addon
