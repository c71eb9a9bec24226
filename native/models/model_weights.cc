#include "models/model_weights.h"

#include "kernels/quantize.h"
#include "models/widened.h"

namespace xling {

namespace {

Weight as_matrix(const Slot& slot, Storage storage, Layout layout) {
  const bool vector = slot.shape.rank == 1;
  return {nullptr, vector ? 1 : slot.shape[0], vector ? slot.shape[0] : slot.shape[1], storage, layout};
}

}  // namespace

void ModelWeights::freeze(const Slot& slot, const Numbers& numbers) {
  if (slot.shape.rank == 1) return hold_wide(slot, numbers, false);
  hold(slot, frozen(slot, numbers));
}

ModelWeights::Held ModelWeights::frozen(const Slot& slot, const Numbers& numbers) const {
  Weight weight = as_matrix(slot, numbers.storage, Layout::prepared);
  Buffer memory(backend_, backend_->weight_bytes(weight.storage, weight.rows, weight.cols));
  weight.data = memory.data();
  backend_->write_weight(weight, numbers.bytes);
  return {std::move(memory), weight, false};
}

void ModelWeights::make_trainable(const Slot& slot, const Numbers& numbers) { hold_wide(slot, numbers, true); }

// As f32 in rows.
void ModelWeights::hold_wide(const Slot& slot, const Numbers& numbers, bool trains) {
  Weight weight = as_matrix(slot, Storage::f32, Layout::rows);
  Buffer memory;
  if (numbers.storage == Storage::f32) {
    memory = Buffer(backend_, weight.bytes());
    backend_->write(memory.data(), numbers.bytes, weight.bytes());
  } else {
    memory = widened(backend_, as_matrix(slot, numbers.storage, Layout::rows), numbers.bytes);
  }
  weight.data = memory.data();
  hold(slot, {std::move(memory), weight, trains});
}

void ModelWeights::hold(const Slot& slot, Held held) {
  if (has(slot.name)) fail(ErrorCode::internal, "the slot ", slot.name, " was filled twice");
  bytes_ += held.memory.bytes();
  tensors_.emplace(slot.name, std::move(held));
}

const ModelWeights::Held& ModelWeights::held(const std::string& slot) const {
  const auto found = tensors_.find(slot);
  if (found == tensors_.end()) fail(ErrorCode::internal, "the model has nothing in the slot ", slot);
  return found->second;
}

Weight ModelWeights::matrix(const std::string& slot) const { return held(slot).weight; }

Tensor ModelWeights::vector(const std::string& slot) const {
  const Weight& weight = held(slot).weight;
  return {weight.data, Shape{weight.cols}, DType::f32};
}

std::vector<Trainables::Entry> ModelWeights::trainable(const std::vector<Slot>& slots) const {
  std::vector<Trainables::Entry> out;
  for (const Slot& slot : slots)
    if (const Held& one = held(slot.name); one.trains) out.push_back({slot.name, {one.weight.data, slot.shape, DType::f32}});
  return out;
}

std::vector<uint8_t> ModelWeights::written(const Slot& slot, const Buffer& wide, Storage storage) const {
  const Weight matrix = as_matrix(slot, storage, Layout::rows);
  std::vector<uint8_t> out(matrix.bytes());
  const Buffer blocks(backend_, out.size());
  const Shape bytes{static_cast<int64_t>(out.size())};
  backend_->run(Quantize{{wide.data(), matrix.shape(), DType::f32}, {blocks.data(), bytes, DType::u8}, storage});
  backend_->read(out.data(), blocks.data(), out.size());
  return out;
}

void ModelWeights::quantize(const Slot& slot, const Numbers& numbers, Storage storage) {
  if (slot.shape[1] % elements_per_block(storage) != 0)
    fail(ErrorCode::invalid_argument, slot.name, " has rows of ", slot.shape[1], " numbers, but ", name_of(storage), " has blocks of ",
         elements_per_block(storage), "; load this model without quantising it, or in another storage");
  const auto bytes = written(slot, widened(backend_, as_matrix(slot, numbers.storage, Layout::rows), numbers.bytes), storage);
  freeze(slot, {storage, bytes.data()});
}

std::vector<uint8_t> ModelWeights::stored(const Slot& slot) const {
  const Weight& weight = held(slot.name).weight;
  std::vector<uint8_t> bytes(weight.bytes());
  if (weight.layout == Layout::prepared)
    backend_->read_weight(bytes.data(), weight);
  else
    backend_->read(bytes.data(), weight.data, bytes.size());
  return bytes;
}

std::vector<uint8_t> ModelWeights::read(const Slot& slot, Storage storage) const {
  return held(slot.name).weight.storage == storage ? stored(slot) : written(slot, wide(slot), storage);
}

Buffer ModelWeights::wide(const Slot& slot) const {
  return widened(backend_, as_matrix(slot, held(slot.name).weight.storage, Layout::rows), stored(slot).data());
}

ModelWeights::Held ModelWeights::room(const Slot& slot) const {
  const Held& own = held(slot.name);
  Held out{Buffer(backend_, own.memory.bytes()), own.weight, own.trains};
  out.weight.data = out.memory.data();
  return out;
}

ModelWeights::Held ModelWeights::other(const Slot& slot, Buffer wide, Storage storage) const {
  if (!held(slot.name).trains) return frozen(slot, {storage, written(slot, wide, storage).data()});
  Weight weight = as_matrix(slot, Storage::f32, Layout::rows);
  weight.data = wide.data();
  return {std::move(wide), weight, true};
}

void ModelWeights::exchange(std::map<std::string, Held>& others) {
  for (auto& [slot, other] : others) {
    Held& own = tensors_.at(slot);
    bytes_ = bytes_ - own.memory.bytes() + other.memory.bytes();
    std::swap(own, other);
  }
}

}  // namespace xling
