#include "models/slot_numbers.h"

#include <cstring>

namespace xling {

namespace {

std::vector<uint8_t> unpaired_rows(const Slot& slot, const ModelWeights::Numbers& numbers, int64_t heads) {
  const int64_t rows = slot.shape[0], cols = slot.shape.rank == 2 ? slot.shape[1] : 1;
  if (heads < 0 || rows % heads != 0 || rows / heads % 2 != 0)
    fail(ErrorCode::invalid_argument, slot.name, " has ", rows, " rows, which are not pairs of ", heads, " heads");
  const int64_t width = rows / heads;
  const size_t row = storage_bytes(numbers.storage, 1, cols);
  std::vector<uint8_t> out(row * static_cast<size_t>(rows));
  const auto* from = static_cast<const uint8_t*>(numbers.bytes);
  for (int64_t to = 0; to < rows; ++to) {
    const int64_t head = to / width, j = to % width / (width / 2), i = to % (width / 2);
    std::memcpy(&out[static_cast<size_t>(to) * row], from + static_cast<size_t>(head * width + 2 * i + j) * row, row);
  }
  return out;
}

std::vector<uint8_t> shifted(const Slot& slot, const ModelWeights::Numbers& numbers, float shift) {
  const auto count = static_cast<size_t>(slot.shape[0]);
  std::vector<uint8_t> out(count * sizeof(float));
  std::memcpy(out.data(), numbers.bytes, out.size());
  for (size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, &out[i * sizeof value], sizeof value);
    value += shift;
    std::memcpy(&out[i * sizeof value], &value, sizeof value);
  }
  return out;
}

}  // namespace

std::vector<uint8_t> changed_numbers(const Slot& slot, const ModelWeights::Numbers& numbers, const SlotChange& change,
                                     const std::string& where) {
  const bool vector = slot.shape.rank == 1;
  if (change.paired_heads != 0) {
    if (vector && elements_per_block(numbers.storage) != 1)
      fail(ErrorCode::unsupported_file, where, " is a vector of ", name_of(numbers.storage), "; convert the model again, with vectors in F32");
    return unpaired_rows(slot, numbers, change.paired_heads);
  }
  if (change.shift == 0) return {};
  if (!vector) fail(ErrorCode::invalid_argument, slot.name, " is a matrix; only a vector can be shifted");
  if (numbers.storage != Storage::f32)
    fail(ErrorCode::unsupported_file, where, " is ", name_of(numbers.storage), " but is read as F32 only; convert the model again, with norms in F32");
  return shifted(slot, numbers, change.shift);
}

}  // namespace xling
