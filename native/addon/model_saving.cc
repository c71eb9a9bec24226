#include "addon/model_saving.h"

namespace xling::addon {

namespace {

SafetensorsDtype dtype_of(Storage storage) {
  switch (storage) {
    case Storage::f32: return SafetensorsDtype::f32;
    case Storage::bf16: return SafetensorsDtype::bf16;
    case Storage::f16: return SafetensorsDtype::f16;
    default: fail(ErrorCode::invalid_argument, "dtype is '", name_of(storage), "' but must be 'f32', 'bf16' or 'f16'");
  }
}

template <class Entries>
std::vector<SafetensorsEntry> declared(const Entries& entries, Storage dtype) {
  std::vector<SafetensorsEntry> out;
  for (const auto& entry : entries) {
    const Shape& shape = entry.slot->shape;
    out.push_back({entry.name, dtype_of(dtype), {shape.dims, shape.dims + shape.rank}});
  }
  return out;
}

template <class Entry>
std::vector<Entry> chosen(const std::vector<Slot>& slots, const std::map<std::string, std::string>& names) {
  std::vector<Entry> out;
  for (const Slot& slot : slots)
    if (const auto found = names.find(slot.name); found != names.end()) out.push_back({&slot, found->second});
  return out;
}

}  // namespace

// transformers wants to be told that the tensors are torch's: row-major.
ModelSaving::ModelSaving(const ModelWeights& weights, const std::vector<Slot>& slots,
                         const std::map<std::string, std::string>& names, const To& to)
    : weights_(weights),
      dtype_(to.dtype),
      entries_(chosen<Entry>(slots, names)),
      writer_(to.path, declared(entries_, to.dtype), {{"format", "pt"}}) {}

bool ModelSaving::step() {
  if (next_ == entries_.size()) {
    writer_.commit();
    return false;
  }
  const Entry& entry = entries_[next_++];
  const auto bytes = weights_.read(*entry.slot, dtype_);
  writer_.append(entry.name, bytes.data(), bytes.size());
  return true;
}

}  // namespace xling::addon
