// How a model's slots are filled, from files or from nothing, and written.
#include "addon/adapter_terms.h"
#include "addon/handle.h"
#include "addon/model.h"
#include "addon/model_saving.h"
#include "addon/names.h"
#include "models/initialize.h"
#include "models/slot_numbers.h"

namespace xling::addon {

namespace {

// What of a tensor fills a slot.
struct Source {
  std::string tensor;
  SlotChange change;
  bool trains;
};

// Each slot's, from an array of { slot, tensor, pairedHeads?, shift?, trains? }.
std::map<std::string, Source> sources_of(const Napi::Value& value) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "fillings must be an array");
  const auto array = value.As<Napi::Array>();
  std::map<std::string, Source> out;
  const auto number = [](const Napi::Value& field) { return field.IsNumber() ? field.As<Napi::Number>().DoubleValue() : 0; };
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    if (!item.IsObject()) fail(ErrorCode::invalid_argument, "fillings[", i, "] must be an object");
    const auto filling = item.As<Napi::Object>();
    const Napi::Value slot = filling.Get("slot"), tensor = filling.Get("tensor");
    if (!slot.IsString() || !tensor.IsString())
      fail(ErrorCode::invalid_argument, "fillings[", i, "] must have a slot and a tensor, by name");
    const SlotChange change{static_cast<int64_t>(number(filling.Get("pairedHeads"))), static_cast<float>(number(filling.Get("shift")))};
    out[slot.As<Napi::String>()] = {tensor.As<Napi::String>(), change, filling.Get("trains").ToBoolean()};
  }
  return out;
}

struct Filling {
  std::shared_ptr<DeviceModel> model;
  std::shared_ptr<OpenedWeights> opened;
  std::map<std::string, Source> sources;  // by slot
  std::optional<Storage> quantize;
  size_t next = 0;
};

std::string shown(const std::vector<int64_t>& shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

void fill_slot(const Filling& filling, const Slot& slot) {
  const auto source = filling.sources.find(slot.name);
  if (source == filling.sources.end()) fail(ErrorCode::weights_mismatch, "no tensor is named for the slot ", slot.name);
  const auto& [name, change, trains] = source->second;
  const auto* found = filling.opened->files.find(name);
  if (!found) fail(ErrorCode::weights_mismatch, "no file has a tensor ", name);
  const auto& [file, tensor] = *found;
  const std::vector<int64_t> wanted(slot.shape.dims, slot.shape.dims + slot.shape.rank);
  if (tensor->shape != wanted)
    fail(ErrorCode::weights_mismatch, file->path(), ": ", name, " is ", shown(tensor->shape), " but the configuration makes it ",
         shown(wanted), "; is config.json another model's?");
  ModelWeights& weights = filling.model->parts->weights;
  ModelWeights::Numbers numbers{file->storage(*tensor), file->data(*tensor)};
  if (trains && elements_per_block(numbers.storage) != 1)
    fail(ErrorCode::invalid_argument, file->path(), ": ", name, " is ", tensor->type,
         ", and quantised weights cannot train; leave it out of trainable, or load the model in F32, BF16 or F16");
  const auto changed = changed_numbers(slot, numbers, change, file->path() + ": " + name);
  if (!changed.empty()) numbers.bytes = changed.data();
  const bool linear = slot.shape.rank == 2 && slot.name != "embedding" && slot.name != "head";
  if (trains)
    weights.make_trainable(slot, numbers);
  else if (filling.quantize && linear)
    weights.quantize(slot, numbers, *filling.quantize);
  else
    weights.freeze(slot, numbers);
  file->forget(*tensor);
}

}  // namespace

Napi::Value fill_model(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto filling = std::make_shared<Filling>();
    filling->model = from_handle<DeviceModel>(info[0], "model");
    filling->model->context->check_alive();
    filling->opened = from_handle<OpenedWeights>(info[1], "weights");
    filling->sources = sources_of(info[2]);
    const Napi::Value quantize = info[3];
    if (quantize.IsString()) filling->quantize = parse_storage(quantize.As<Napi::String>(), "quantize");
    // A slot a step: other queues need not wait for a whole model.
    return Environment::of(info.Env())
        .start(
            filling->model->context->lane,
            [filling] {
              auto& parts = *filling->model->parts;
              if (filling->next < parts.slots.size()) {
                fill_slot(*filling, parts.slots[filling->next++]);
                return Progress::more;
              }
              parts.build();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

Napi::Value init_model(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = from_handle<DeviceModel>(info[0], "model");
    model->context->check_alive();
    const double seed = info[1].As<Napi::Number>().DoubleValue();
    const auto deviation = info[2].As<Napi::Number>().FloatValue();
    const auto* decoder = std::get_if<DecoderSpec>(&model->parts->spec);
    const float gain = decoder ? 1.0f - decoder->norm_offset : 1.0f;
    const auto next = std::make_shared<size_t>(0);
    return Environment::of(info.Env())
        .start(
            model->context->lane,
            [model, seed, deviation, gain, next] {
              auto& parts = *model->parts;
              if (*next < parts.slots.size()) {
                const auto op = static_cast<uint32_t>(*next);
                const Slot& slot = parts.slots[(*next)++];
                const auto numbers = initial_numbers(slot, {static_cast<uint64_t>(seed), RandomPurpose::init, op}, {deviation, gain});
                parts.weights.make_trainable(slot, {Storage::f32, numbers.data()});
                return Progress::more;
              }
              parts.build();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

Napi::Value save_model(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = from_handle<DeviceModel>(info[0], "model");
    model->context->check_alive();
    const std::string path = info[1].As<Napi::String>();
    const Storage dtype = parse_storage(info[3].As<Napi::String>(), "dtype");
    const auto names = names_of(info[2]);
    const AdapterTerms merge = adapter_terms(info[4], model);
    const auto saving = std::make_shared<std::unique_ptr<ModelSaving>>();
    return Environment::of(info.Env())
        .start(
            model->context->lane,
            [model, path, dtype, names, merge, saving] {
              if (!merge.empty()) model->filled().check_unmerged("no more adapters can be merged into");
              if (!*saving) *saving = std::make_unique<ModelSaving>(*model, names, ModelSaving::To{path, dtype});
              return (*saving)->step(sum_of(merge)) ? Progress::more : Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
