// Files of weights, as JavaScript opens them and asks what they say.
#include <cstring>

#include "addon/handle.h"
#include "addon/model.h"

namespace xling::addon {

namespace {

constexpr size_t max_numbers = size_t{1} << 18;  // 1 MiB

Napi::String text_of(Napi::Env env, std::string_view text) { return Napi::String::New(env, text.data(), text.size()); }

std::vector<std::string> paths_of(const Napi::Value& value) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "paths must be an array of strings");
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    if (!item.IsString()) fail(ErrorCode::invalid_argument, "paths must be an array of strings");
    out.push_back(item.As<Napi::String>());
  }
  return out;
}

Napi::Array tensors_of(Napi::Env env, const WeightFiles& files) {
  auto out = Napi::Array::New(env);
  for (const auto& [name, weight] : files.weights()) {
    auto tensor = Napi::Object::New(env);
    tensor.Set("name", text_of(env, name));
    tensor.Set("type", weight.tensor->type);
    auto shape = Napi::Array::New(env);
    for (const int64_t size : weight.tensor->shape) shape[shape.Length()] = static_cast<double>(size);
    tensor.Set("shape", shape);
    out[out.Length()] = tensor;
  }
  return out;
}

Napi::Array types_of(Napi::Env env, const Gguf& gguf) {
  auto out = Napi::Array::New(env);
  for (const auto& [key, value] : gguf.metadata()) {
    const bool array = value.type == GgufValueType::array;
    auto pair = Napi::Array::New(env, 2);
    pair[0u] = text_of(env, key);
    pair[1u] = Napi::String::New(env, std::string(array ? "array of " : "") + name_of(array ? value.item : value.type));
    out[out.Length()] = pair;
  }
  return out;
}

Napi::Value array_of(Napi::Env env, const Gguf& gguf, const GgufValue& value) {
  if (value.item == GgufValueType::string) {
    auto out = Napi::Array::New(env);
    uint32_t count = 0;
    gguf.texts(value, [&](std::string_view text) { out[count++] = text_of(env, text); });
    return out;
  }
  const auto numbers = gguf.numbers(value);
  auto out = Napi::Float64Array::New(env, numbers.size());
  if (!numbers.empty()) std::memcpy(out.Data(), numbers.data(), numbers.size() * sizeof(double));
  return out;
}

Napi::Value value_of(Napi::Env env, const Gguf& gguf, const GgufValue& value) {
  if (value.type == GgufValueType::array) return array_of(env, gguf, value);
  if (value.type == GgufValueType::string) return text_of(env, gguf.text(value));
  if (value.type == GgufValueType::boolean) return Napi::Boolean::New(env, gguf.boolean(value));
  return Napi::Number::New(env, gguf.number(value));
}

// Opens on the host's lane; `describe` makes of it what JavaScript gets.
Napi::Value start_opening(Napi::Env env, std::function<OpenedWeights()> open,
                          std::function<void(Napi::Env, const OpenedWeights&, Napi::Object)> describe) {
  const auto opened = std::make_shared<std::shared_ptr<OpenedWeights>>();
  auto& environment = Environment::of(env);
  return environment.start(
      environment.host_lane(),
      [opened, open = std::move(open)] {
        *opened = std::make_shared<OpenedWeights>(open());
        return Progress::done;
      },
      [opened, describe = std::move(describe)](Napi::Env env) -> Napi::Value {
        auto out = Napi::Object::New(env);
        describe(env, **opened, out);
        out.Set("tensors", tensors_of(env, (*opened)->files));
        out.Set("handle", make_handle(env, *opened));
        return out;
      });
}

OpenedWeights opened_gguf(const std::string& path) {
  auto file = std::make_unique<Gguf>(path);
  const Gguf* gguf = file.get();
  std::vector<std::unique_ptr<TensorFile>> files;
  files.push_back(std::move(file));
  return {WeightFiles(std::move(files)), gguf};
}

}  // namespace

Napi::Value open_weights(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto paths = paths_of(info[0]);
    return start_opening(
        info.Env(), [paths] { return OpenedWeights{WeightFiles(paths)}; }, [](Napi::Env, const OpenedWeights&, const Napi::Object&) {});
  });
}

Napi::Value open_gguf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!info[0].IsString()) fail(ErrorCode::invalid_argument, "path must be a string");
    const std::string path = info[0].As<Napi::String>();
    return start_opening(
        info.Env(), [path] { return opened_gguf(path); },
        [](Napi::Env env, const OpenedWeights& opened, Napi::Object out) { out.Set("types", types_of(env, *opened.gguf)); });
  });
}

Napi::Value gguf_value(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto opened = from_handle<OpenedWeights>(info[0], "weights");
    if (!opened->gguf || !info[1].IsString()) fail(ErrorCode::invalid_argument, "give a GGUF file and one of its keys");
    const std::string key = info[1].As<Napi::String>();
    const auto found = opened->gguf->metadata().find(key);
    if (found == opened->gguf->metadata().end()) fail(ErrorCode::invalid_argument, opened->gguf->path(), " has no key ", key);
    return value_of(info.Env(), *opened->gguf, found->second);
  });
}

Napi::Value file_numbers(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto opened = from_handle<OpenedWeights>(info[0], "weights");
    if (!info[1].IsString()) fail(ErrorCode::invalid_argument, "tensor must be a string");
    const std::string name = info[1].As<Napi::String>();
    const auto* found = opened->files.find(name);
    if (!found) fail(ErrorCode::weights_mismatch, "no file has a tensor ", name);
    const auto& [file, tensor] = *found;
    if (file->storage(*tensor) != Storage::f32 || tensor->bytes > max_numbers * sizeof(float))
      fail(ErrorCode::unsupported_file, file->path(), ": ", name, " is ", tensor->type, " of ", tensor->bytes,
           " bytes, but is read as F32 of at most ", max_numbers * sizeof(float), "; convert the model again");
    auto out = Napi::Float32Array::New(info.Env(), tensor->bytes / sizeof(float));
    if (tensor->bytes) std::memcpy(out.Data(), file->data(*tensor), tensor->bytes);
    return out;
  });
}

}  // namespace xling::addon
