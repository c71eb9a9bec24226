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
ModelSaving::ModelSaving(const DeviceModel& model, const std::map<std::string, std::string>& names, const To& to)
    : model_(model),
      dtype_(to.dtype),
      entries_(chosen<Entry>(model.filled().slots, names)),
      writer_(to.path, declared(entries_, to.dtype), {{"format", "pt"}}) {}

bool ModelSaving::step(const AdapterSum& merge) {
  if (next_ == entries_.size()) {
    writer_.commit();
    return false;
  }
  const auto& [slot, name] = entries_[next_++];
  const ModelWeights& weights = model_.filled().weights;
  const auto bytes = adds_to(merge, slot->name)
                         ? weights.written(*slot, MergedMatrix{model_.context->opened.device->backend, weights, *slot, merge}.wide(), dtype_)
                         : weights.read(*slot, dtype_);
  writer_.append(name, bytes.data(), bytes.size());
  return true;
}

}  // namespace xling::addon
