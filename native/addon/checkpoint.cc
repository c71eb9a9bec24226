// What training would need to go on: a safetensors file with, of each tensor that trains, `value.<name>`,
// `first_moment.<name>` and `second_moment.<name>` in f32, and in `steps` how many AdamW has done on each, in the order of
// the engine. The metadata has the model's own count of steps, and a text of the caller's.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "addon/handle.h"
#include "addon/names.h"
#include "addon/training.h"
#include "io/safetensors.h"
#include "io/safetensors_writer.h"

namespace xling::addon {

namespace {

constexpr char format_key[] = "xling", format[] = "checkpoint 1", state_key[] = "state", steps_key[] = "steps";
constexpr char advice[] = "; give a checkpoint of this model with the same weights to train";

struct Checkpoint {
  std::shared_ptr<DeviceModel> model;
  std::shared_ptr<DeviceAdapter> adapter;  // null: of the model's own weights
  std::string path;
  std::map<std::string, std::string> names;  // the file's by the engine's
  std::string state;

  Backend& backend() const { return model->context->backend(); }
  Training& training() const { return model->filled().training; }

  // With memory for the moments.
  Trainables& trainables() const {
    if (adapter) {
      static_cast<void>(adapter->adapter().training());
    } else {
      model->filled().check_unmerged("there is no checkpoint of the weights of");
      make_trainable(model->filled(), model->context->opened.device->backend);
    }
    Trainables& out = *(adapter ? adapter->trainables() : model->trainables());
    out.reserve_moments();
    return out;
  }
};

// What stands in the file of one entry.
struct Part {
  const char* prefix;
  Tensor tensor;
};

std::vector<Part> parts_of(const Trainables& trainables, size_t entry) {
  return {{"value.", trainables.entries()[entry].value},
          {"first_moment.", trainables.first_moment(entry)},
          {"second_moment.", trainables.second_moment(entry)}};
}

void save(const Checkpoint& checkpoint) {
  const Trainables& trainables = checkpoint.trainables();
  const size_t count = trainables.entries().size();
  std::vector<int64_t> steps;
  std::vector<SafetensorsEntry> declared = {{"steps", SafetensorsDtype::i64, {static_cast<int64_t>(count)}}};
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < count; ++i) {
    steps.push_back(trainables.steps(i));
    for (const auto& [prefix, tensor] : parts_of(trainables, i)) {
      const Shape& shape = tensor.shape;
      declared.push_back(
          {prefix + checkpoint.names.at(trainables.entries()[i].name), SafetensorsDtype::f32, {shape.dims, shape.dims + shape.rank}});
      tensors.push_back(tensor);
    }
  }
  SafetensorsWriter writer(
      checkpoint.path, declared,
      {{format_key, format}, {state_key, checkpoint.state}, {steps_key, std::to_string(checkpoint.training().steps)}});
  writer.append("steps", steps.data(), steps.size() * sizeof(int64_t));
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < tensors.size(); ++i) {
    bytes.resize(tensors[i].bytes());
    checkpoint.backend().read(bytes.data(), tensors[i].data, bytes.size());
    writer.append(declared[i + 1].name, bytes.data(), bytes.size());
  }
  writer.commit();
}

const std::string& metadata_of(const Safetensors& file, const char* key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    fail(ErrorCode::malformed_file, file.path(), ": is no checkpoint: its metadata lacks '", key, "'");
  return found->second;
}

void check_format(const Safetensors& file) {
  const std::string& found = metadata_of(file, format_key);
  if (found != format) fail(ErrorCode::unsupported_file, file.path(), ": is '", found, "' and not '", format, "'");
}

const StoredTensor& stored(const Safetensors& file, const std::string& name, SafetensorsDtype dtype, const std::vector<int64_t>& shape) {
  const StoredTensor* found = file.find(name);
  if (!found) fail(ErrorCode::weights_mismatch, file.path(), ": has no ", name, advice);
  if (found->shape != shape || found->type != name_of(dtype))
    fail(ErrorCode::weights_mismatch, file.path(), ": ", name, " is of another shape or type than here", advice);
  return *found;
}

// ERR_NON_FINITE for a number that is not, or a second moment below 0.
void check_numbers(const Safetensors& file, const StoredTensor& tensor, bool squares) {
  const uint8_t* bytes = file.data(tensor);
  for (size_t i = 0; i < tensor.bytes / sizeof(float); ++i) {
    float number;
    std::memcpy(&number, bytes + i * sizeof(float), sizeof(float));
    if (!std::isfinite(number) || (squares && number < 0))
      fail(ErrorCode::non_finite, file.path(), ": ", tensor.name, " has ", number, " at ", i, "; the file is damaged");
  }
}

uint32_t count_of(const Safetensors& file) {
  const std::string& text = metadata_of(file, steps_key);
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    fail(ErrorCode::malformed_file, file.path(), ": its metadata's 'steps' is no count");
  return static_cast<uint32_t>(std::stoul(text));
}

// Everything is checked before anything changes.
void load(const Checkpoint& checkpoint) {
  const Safetensors file(checkpoint.path);
  check_format(file);
  Trainables& trainables = checkpoint.trainables();
  const size_t count = trainables.entries().size();
  const StoredTensor& counts = stored(file, "steps", SafetensorsDtype::i64, {static_cast<int64_t>(count)});
  std::vector<int64_t> steps(count);
  if (count > 0) std::memcpy(steps.data(), file.data(counts), counts.bytes);
  const auto negative = std::find_if(steps.begin(), steps.end(), [](int64_t one) { return one < 0; });
  if (negative != steps.end()) fail(ErrorCode::malformed_file, file.path(), ": steps has ", *negative, "; the file is damaged");
  std::vector<std::pair<Tensor, const StoredTensor*>> found;
  for (size_t i = 0; i < count; ++i)
    for (const auto& [prefix, tensor] : parts_of(trainables, i)) {
      const Shape& shape = tensor.shape;
      const std::string name = prefix + checkpoint.names.at(trainables.entries()[i].name);
      const StoredTensor& there = stored(file, name, SafetensorsDtype::f32, {shape.dims, shape.dims + shape.rank});
      check_numbers(file, there, tensor.data == trainables.second_moment(i).data);
      found.emplace_back(tensor, &there);
    }
  if (file.tensors().size() != found.size() + 1)
    fail(ErrorCode::weights_mismatch, file.path(), ": has ", file.tensors().size(), " tensors where this model has ", found.size() + 1, advice);
  checkpoint.training().steps = count_of(file);
  for (const auto& [tensor, there] : found) checkpoint.backend().write(tensor.data, file.data(*there), tensor.bytes());
  for (size_t i = 0; i < count; ++i) trainables.set_steps(i, steps[i]);
}

std::shared_ptr<Checkpoint> checkpoint_of(const Napi::CallbackInfo& info) {
  const auto checkpoint = std::make_shared<Checkpoint>();
  checkpoint->model = from_handle<DeviceModel>(info[0], "model");
  checkpoint->model->context->check_alive();
  checkpoint->adapter = adapter_of(info[1], checkpoint->model);
  checkpoint->path = info[2].As<Napi::String>();
  checkpoint->names = names_of(info[3]);
  return checkpoint;
}

Napi::Value start(const Napi::CallbackInfo& info, const std::shared_ptr<Checkpoint>& checkpoint, void (*work)(const Checkpoint&)) {
  return Environment::of(info.Env())
      .start(
          checkpoint->model->context->lane,
          [checkpoint, work] {
            work(*checkpoint);
            return Progress::done;
          },
          [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

Napi::Value save_checkpoint(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto checkpoint = checkpoint_of(info);
    checkpoint->state = info[4].As<Napi::String>();
    return start(info, checkpoint, save);
  });
}

Napi::Value load_checkpoint(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return start(info, checkpoint_of(info), load); });
}

Napi::Value checkpoint_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::string path = info[0].As<Napi::String>();
    const auto state = std::make_shared<std::string>();
    auto& environment = Environment::of(info.Env());
    return environment.start(
        environment.host_lane(),
        [path, state] {
          const Safetensors file(path);
          check_format(file);
          *state = metadata_of(file, state_key);
          return Progress::done;
        },
        [state](Napi::Env env) { return Napi::String::New(env, *state); });
  });
}

}  // namespace xling::addon
