// What is asked of a model: hidden states, logits, a loss.
#include "addon/adapter.h"
#include "addon/handle.h"
#include "addon/number_array.h"
#include "models/decoder_tasks.h"
#include "models/encoder_tasks.h"

namespace xling::addon {

namespace {

std::vector<int32_t> whole_numbers(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array)
    fail(ErrorCode::invalid_argument, name, " must be an Int32Array");
  const auto array = value.As<Napi::Int32Array>();
  if (array.ElementLength() > (size_t{1} << 30)) fail(ErrorCode::invalid_argument, name, " has ", array.ElementLength(), " elements, too many");
  return {array.Data(), array.Data() + array.ElementLength()};
}

// One row of tokens, and what is done with it.
struct Task {
  std::shared_ptr<DeviceModel> model;
  std::shared_ptr<DeviceAdapter> adapter;  // null: none
  std::vector<int32_t> ids, more;  // places or labels
  std::vector<int32_t> offsets;
  std::vector<float> out;
  Targets targets;

  PackedRows rows() const { return {ids.data(), offsets.data(), 1}; }
  DecoderPass pass() const { return {model->decoder(), rows(), through(adapter, 1)}; }
  Runner::Body hidden_states(int64_t layer) {
    if (model->filled().decoder) return xling::hidden_states(pass(), layer, out.data());
    return xling::hidden_states(EncoderPass{model->encoder(), rows(), through(adapter, 1)}, layer, out.data());
  }
  int64_t hidden_size() const {
    return model->filled().decoder ? model->decoder().spec().hidden_size : model->encoder().spec().hidden_size;
  }
  void run(const Runner::Body& body, const CancelToken& cancel) { model->parts->runner.run(body, &cancel); }
};

std::shared_ptr<Task> task_of(const Napi::CallbackInfo& info, size_t adapter) {
  const auto task = std::make_shared<Task>();
  task->model = from_handle<DeviceModel>(info[0], "model");
  task->model->context->check_alive();
  task->ids = whole_numbers(info[1], "ids");
  task->adapter = adapter_of(info[adapter], task->model);
  task->offsets = {0, static_cast<int32_t>(task->ids.size())};
  return task;
}

// ERR_OUT_OF_MEMORY now rather than an exception of the allocator's later.
void make_room(std::vector<float>& out, size_t rows, int64_t width) {
  out.resize(checked_mul(rows, static_cast<size_t>(width), "numbers of a result"));
}

void check_places(const std::vector<int32_t>& places, size_t tokens) {
  for (const int32_t place : places)
    if (place < 0 || static_cast<size_t>(place) >= tokens)
      fail(ErrorCode::invalid_argument, "rows: ", place, " is no token of the ", tokens, " that were given");
}

}  // namespace

Napi::Value hidden_states(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto task = task_of(info, 3);
    const int64_t layer = info[2].As<Napi::Number>().Int64Value();
    return Environment::of(info.Env())
        .start(
            task->model->context->lane,
            [task, layer](const CancelToken& cancel) {
              make_room(task->out, task->ids.size(), task->hidden_size());
              task->run(task->hidden_states(layer), cancel);
              return Progress::done;
            },
            [task](Napi::Env env) { return to_array(env, task->out); });
  });
}

Napi::Value logits(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto task = task_of(info, 3);
    task->more = whole_numbers(info[2], "rows");
    check_places(task->more, task->ids.size());
    return Environment::of(info.Env())
        .start(
            task->model->context->lane,
            [task](const CancelToken& cancel) {
              const Decoder& decoder = task->model->decoder();
              make_room(task->out, task->more.size(), decoder.spec().vocab_size);
              task->run(logits_at(task->pass(), task->more, task->out.data()), cancel);
              return Progress::done;
            },
            [task](Napi::Env env) { return to_array(env, task->out); });
  });
}

Napi::Value loss(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto task = task_of(info, 3);
    task->more = whole_numbers(info[2], "labels");
    if (task->more.size() != task->ids.size())
      fail(ErrorCode::invalid_shape, "there are ", task->more.size(), " labels for ", task->ids.size(), " ids; each token needs one, -100 for none");
    return Environment::of(info.Env())
        .start(
            task->model->context->lane,
            [task](const CancelToken& cancel) {
              const Decoder& decoder = task->model->decoder();
              task->targets = next_token_targets(task->rows(), task->more.data(), decoder.spec().vocab_size);
              task->out.resize(1);
              task->run(loss_sum(task->pass(), task->targets, task->out.data()), cancel);
              return Progress::done;
            },
            [task](Napi::Env env) -> Napi::Value {
              auto out = Napi::Object::New(env);
              out.Set("sum", task->out[0]);
              out.Set("count", static_cast<double>(task->targets.tokens.size()));
              return out;
            });
  });
}

}  // namespace xling::addon
