// How a model's slots are filled: from files, or from nothing; and written.
#include <cmath>

#include "addon/handle.h"
#include "addon/model.h"
#include "addon/model_saving.h"
#include "models/initialize.h"

namespace xling::addon {

namespace {

std::vector<std::string> strings(const Napi::Value& value, const char* where) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, where, " must be an array of strings");
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    if (!item.IsString()) fail(ErrorCode::invalid_argument, where, " must be an array of strings");
    out.push_back(item.As<Napi::String>());
  }
  return out;
}

// [slot, tensor] for every slot that is meant.
std::map<std::string, std::string> names_of(const Napi::Value& value) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "names must be an array of [slot, tensor]");
  const auto array = value.As<Napi::Array>();
  std::map<std::string, std::string> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const auto pair = strings(array.Get(i), "names");
    if (pair.size() != 2) fail(ErrorCode::invalid_argument, "names must be an array of [slot, tensor]");
    out[pair[0]] = pair[1];
  }
  return out;
}

struct Filling {
  std::shared_ptr<DeviceModel> model;
  std::shared_ptr<OpenedWeights> opened;
  std::map<std::string, std::string> tensors;  // by slot
  bool trainable;
  std::optional<Storage> quantize;
  size_t next = 0;
};

std::string shown(const std::vector<int64_t>& shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

void fill_slot(const Filling& filling, const Slot& slot) {
  const auto name = filling.tensors.find(slot.name);
  if (name == filling.tensors.end()) fail(ErrorCode::weights_mismatch, "no tensor is named for the slot ", slot.name);
  const auto* found = filling.opened->files.find(name->second);
  if (!found) fail(ErrorCode::weights_mismatch, "no file has a tensor ", name->second);
  const auto& shape = found->tensor->shape;
  const std::vector<int64_t> wanted(slot.shape.dims, slot.shape.dims + slot.shape.rank);
  if (shape != wanted)
    fail(ErrorCode::weights_mismatch, found->file->path(), ": ", name->second, " is ", shown(shape), " but the configuration makes it ",
         shown(wanted), "; is config.json another model's?");
  ModelWeights& weights = filling.model->parts->weights;
  const ModelWeights::Numbers numbers{found->file->storage(*found->tensor), found->file->data(*found->tensor)};
  const bool linear = slot.shape.rank == 2 && slot.name != "embedding" && slot.name != "head";
  if (filling.trainable)
    weights.make_trainable(slot, numbers);
  else if (filling.quantize && linear)
    weights.quantize(slot, numbers, *filling.quantize);
  else
    weights.freeze(slot, numbers);
  found->file->forget(*found->tensor);
}

}  // namespace

Napi::Value open_weights(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto paths = strings(info[0], "paths");
    const auto opened = std::make_shared<std::shared_ptr<OpenedWeights>>();
    auto& environment = Environment::of(info.Env());
    return environment.start(
        environment.host_lane(),
        [opened, paths] {
          *opened = std::make_shared<OpenedWeights>(OpenedWeights{WeightFiles(paths)});
          return Progress::done;
        },
        [opened](Napi::Env env) -> Napi::Value {
          auto names = Napi::Array::New(env);
          for (const auto& [name, weight] : (*opened)->files.weights())
            names[names.Length()] = Napi::String::New(env, name.data(), name.size());
          auto out = Napi::Object::New(env);
          out.Set("handle", make_handle(env, *opened));
          out.Set("tensors", names);
          return out;
        });
  });
}

Napi::Value fill_model(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto filling = std::make_shared<Filling>();
    filling->model = from_handle<DeviceModel>(info[0], "model");
    filling->model->context->check_alive();
    filling->opened = from_handle<OpenedWeights>(info[1], "weights");
    filling->tensors = names_of(info[2]);
    const auto options = info[3].As<Napi::Object>();
    filling->trainable = options.Get("trainable").ToBoolean();
    const Napi::Value quantize = options.Get("quantize");
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
              parts.decoder.emplace(parts.spec, parts.weights);
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
    const auto next = std::make_shared<size_t>(0);
    return Environment::of(info.Env())
        .start(
            model->context->lane,
            [model, seed, deviation, next] {
              auto& parts = *model->parts;
              if (*next < parts.slots.size()) {
                const auto op = static_cast<uint32_t>(*next);
                const Slot& slot = parts.slots[(*next)++];
                const auto numbers = initial_numbers(parts.spec, slot, {static_cast<uint64_t>(seed), RandomPurpose::init, op}, deviation);
                parts.weights.make_trainable(slot, {Storage::f32, numbers.data()});
                return Progress::more;
              }
              parts.decoder.emplace(parts.spec, parts.weights);
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
    const auto saving = std::make_shared<std::unique_ptr<ModelSaving>>();
    return Environment::of(info.Env())
        .start(
            model->context->lane,
            [model, path, dtype, names, saving] {
              auto& parts = *model->parts;
              if (!*saving) *saving = std::make_unique<ModelSaving>(parts.weights, parts.slots, names, ModelSaving::To{path, dtype});
              return (*saving)->step() ? Progress::more : Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
