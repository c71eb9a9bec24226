// What trains, as arrays: read, and written.
#include <algorithm>

#include "addon/handle.h"
#include "addon/number_array.h"
#include "addon/properties.h"
#include "addon/training.h"

namespace xling::addon {

namespace {

// A model's own tensors, or an adapter's.
struct Owner {
  std::shared_ptr<DeviceModel> model;
  std::shared_ptr<DeviceAdapter> adapter;  // null: the model's

  std::vector<Trainables::Entry> entries() const {
    return adapter ? adapter->adapter().factors() : model->parts->weights.trainable(model->parts->slots);
  }
  const Trainables* trainables() const { return adapter ? adapter->trainables() : model->trainables(); }
};

std::shared_ptr<Owner> owner_of(const Napi::CallbackInfo& info) {
  const auto owner = std::make_shared<Owner>();
  owner->model = from_handle<DeviceModel>(info[0], "model");
  owner->model->context->check_alive();
  owner->adapter = adapter_of(info[1], owner->model);
  return owner;
}

struct Read {
  std::string name;
  Shape shape;
  std::vector<float> data;
};

Napi::Value to_objects(Napi::Env env, const std::vector<Read>& all) {
  auto out = Napi::Array::New(env);
  for (const auto& [name, shape, data] : all) {
    auto one = Napi::Object::New(env);
    auto dims = Napi::Array::New(env);
    for (int i = 0; i < shape.rank; ++i) dims[static_cast<uint32_t>(i)] = static_cast<double>(shape[i]);
    one.Set("name", name);
    one.Set("shape", dims);
    one.Set("data", to_array(env, data));
    out[out.Length()] = one;
  }
  return out;
}

}  // namespace

Napi::Value read_parameters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto owner = owner_of(info);
    const std::string which = info[2].As<Napi::String>();
    const auto read = std::make_shared<std::vector<Read>>();
    return Environment::of(info.Env())
        .start(
            owner->model->context->lane,
            [owner, which, read] {
              const auto entries = owner->entries();
              const Trainables* trainables = owner->trainables();
              const double count = owner->model->parts->training.count;
              Backend& backend = owner->model->context->backend();
              for (size_t i = 0; i < entries.size(); ++i) {
                const auto& [name, value] = entries[i];
                Read one{name, value.shape, std::vector<float>(value.shape.numel())};
                if (which == "values")
                  backend.read(one.data.data(), value.data, value.bytes());
                else if (trainables && count > 0)
                  backend.read(one.data.data(), trainables->gradient(i).data, value.bytes());
                if (which != "values" && count > 0)
                  for (float& number : one.data) number = static_cast<float>(number / count);
                read->push_back(std::move(one));
              }
              return Progress::done;
            },
            [read](Napi::Env env) { return to_objects(env, *read); });
  });
}

Napi::Value write_parameters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto owner = owner_of(info);
    if (!info[2].IsArray()) fail(ErrorCode::invalid_argument, "parameters must be an array");
    const auto array = info[2].As<Napi::Array>();
    const auto given = std::make_shared<std::vector<Read>>();
    for (uint32_t i = 0; i < array.Length(); ++i) {
      const Properties one("parameter", array.Get(i));
      given->push_back({one.text("name"), {}, one.numbers("data")});
    }
    return Environment::of(info.Env())
        .start(
            owner->model->context->lane,
            [owner, given] {
              if (!owner->adapter) owner->model->filled().check_unmerged("nothing can be set in the weights of");
              const auto entries = owner->entries();
              Backend& backend = owner->model->context->backend();
              for (const auto& one : *given) {
                const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == one.name; });
                if (found == entries.end()) fail(ErrorCode::invalid_argument, "nothing called ", one.name, " trains");
                if (one.data.size() != found->value.shape.numel())
                  fail(ErrorCode::invalid_shape, one.name, " is ", found->value.shape, " but was given ", one.data.size(), " numbers");
                backend.write(found->value.data, one.data.data(), found->value.bytes());
              }
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

Napi::Value read_vector(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = from_handle<DeviceModel>(info[0], "model");
    model->context->check_alive();
    const std::string slot = info[1].As<Napi::String>();
    const auto numbers = std::make_shared<std::vector<float>>();
    return Environment::of(info.Env())
        .start(
            model->context->lane,
            [model, slot, numbers] {
              static_cast<void>(model->filled());  // refuses a model that was disposed
              const Tensor vector = model->parts->weights.vector(slot);
              numbers->resize(vector.shape.numel());
              model->context->backend().read(numbers->data(), vector.data, vector.bytes());
              return Progress::done;
            },
            [numbers](Napi::Env env) { return to_array(env, *numbers); });
  });
}

}  // namespace xling::addon
