#include "addon/adapter.h"

#include <cmath>

#include "addon/handle.h"
#include "addon/names.h"
#include "addon/properties.h"
#include "io/safetensors_writer.h"
#include "models/widened.h"

namespace xling::addon {

namespace {

std::shared_ptr<DeviceAdapter> alive(const Napi::Value& value) {
  auto adapter = from_handle<DeviceAdapter>(value, "adapter");
  adapter->context->check_alive();
  if (adapter->disposed) fail(ErrorCode::disposed, "this adapter was disposed; add or load it again");
  return adapter;
}

std::unique_ptr<Adapter> made(const DeviceAdapter& adapter, const std::vector<Adapter::Site>& sites) {
  return std::make_unique<Adapter>(adapter.model->filled().slots, adapter.context->opened.device->backend, sites);
}

// ERR_WEIGHTS_MISMATCH for another shape, ERR_UNSUPPORTED_FILE for blocks, ERR_NON_FINITE; each names file and tensor.
void fill_factor(const Trainables::Entry& factor, const WeightFiles& files, const std::string& name, const std::shared_ptr<Backend>& backend) {
  const auto* found = files.find(name);
  if (!found) fail(ErrorCode::weights_mismatch, "no file has a tensor ", name);
  const auto& [file, tensor] = *found;
  const Shape& shape = factor.value.shape;
  if (tensor->shape != std::vector<int64_t>(shape.dims, shape.dims + shape.rank))
    fail(ErrorCode::weights_mismatch, file->path(), ": ", name, " is not ", shape, ", which the adapter's configuration makes it");
  const Storage storage = file->storage(*tensor);
  if (elements_per_block(storage) != 1)
    fail(ErrorCode::unsupported_file, file->path(), ": ", name, " is ", tensor->type, "; an adapter's factors are F32, BF16 or F16");
  const Buffer on_device = widened(backend, {nullptr, shape[0], shape[1], storage, Layout::rows}, file->data(*tensor));
  std::vector<float> wide(shape.numel());
  backend->read(wide.data(), on_device.data(), on_device.bytes());
  for (size_t i = 0; i < wide.size(); ++i)
    if (!std::isfinite(wide[i]))
      fail(ErrorCode::non_finite, file->path(), ": ", name, " has ", wide[i], " at [", i / static_cast<size_t>(shape[1]), ", ",
           i % static_cast<size_t>(shape[1]), "]; an adapter must be finite");
  backend->write(factor.value.data, wide.data(), factor.value.bytes());
}

}  // namespace

std::vector<Adapter::Site> sites_of(const Napi::Value& value) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "sites must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<Adapter::Site> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Properties site("site", array.Get(i));
    out.push_back({site.text("slot"), site.whole("rank"), site.real("scale")});
  }
  return out;
}

std::shared_ptr<DeviceAdapter> adapter_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model) {
  if (value.IsUndefined()) return nullptr;
  auto adapter = alive(value);
  if (adapter->model != model) fail(ErrorCode::invalid_argument, "the adapter belongs to another model; load it on this one");
  return adapter;
}

ForwardOptions through(const std::shared_ptr<DeviceAdapter>& adapter, int64_t rows) {
  ForwardOptions options;
  if (adapter) options.adapters = {{0, rows, &adapter->beside_weights()}};
  return options;
}

Napi::Value create_adapter(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto adapter = std::make_shared<DeviceAdapter>();
    adapter->model = from_handle<DeviceModel>(info[0], "model");
    adapter->context = adapter->model->context;
    adapter->context->check_alive();
    adapter->dropout = info[1].As<Napi::Number>().FloatValue();
    adapter->context->adopt(adapter);
    return make_handle(info.Env(), adapter);
  });
}

Napi::Value init_adapter(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto adapter = alive(info[0]);
    const auto sites = sites_of(info[1]);
    const auto seed = static_cast<uint64_t>(info[2].As<Napi::Number>().DoubleValue());
    return Environment::of(info.Env())
        .start(
            adapter->context->lane,
            [adapter, sites, seed] {
              auto parts = made(*adapter, sites);
              parts->initialize(seed);
              adapter->parts = std::move(parts);
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

Napi::Value fill_adapter(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto adapter = alive(info[0]);
    const auto sites = sites_of(info[1]);
    const auto opened = from_handle<OpenedWeights>(info[2], "weights");
    const auto names = names_of(info[3]);
    return Environment::of(info.Env())
        .start(
            adapter->context->lane,
            [adapter, sites, opened, names] {
              auto parts = made(*adapter, sites);
              for (const auto& factor : parts->factors()) {
                const auto name = names.find(factor.name);
                if (name == names.end()) fail(ErrorCode::weights_mismatch, "no tensor is named for the factor ", factor.name);
                fill_factor(factor, opened->files, name->second, adapter->context->opened.device->backend);
              }
              adapter->parts = std::move(parts);
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

Napi::Value save_adapter(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto adapter = alive(info[0]);
    const std::string path = info[1].As<Napi::String>();
    const auto names = names_of(info[2]);
    return Environment::of(info.Env())
        .start(
            adapter->context->lane,
            [adapter, path, names] {
              std::vector<SafetensorsEntry> entries;
              const auto& factors = adapter->adapter().factors();
              for (const auto& factor : factors) {
                const Shape& shape = factor.value.shape;
                entries.push_back({names.at(factor.name), SafetensorsDtype::f32, {shape.dims, shape.dims + shape.rank}});
              }
              // PEFT wants to be told that the tensors are torch's: row-major.
              SafetensorsWriter writer(path, entries, {{"format", "pt"}});
              for (size_t i = 0; i < factors.size(); ++i) {
                std::vector<uint8_t> bytes(factors[i].value.bytes());
                adapter->context->backend().read(bytes.data(), factors[i].value.data, bytes.size());
                writer.append(entries[i].name, bytes.data(), bytes.size());
              }
              writer.commit();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

Napi::Value dispose_adapter(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto adapter = from_handle<DeviceAdapter>(info[0], "adapter");
    adapter->disposed = true;
    return Environment::of(info.Env())
        .start(
            adapter->context->lane,
            [adapter] {
              adapter->release();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
