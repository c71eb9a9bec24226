#include "addon/training.h"

#include <algorithm>
#include <cmath>

#include "addon/handle.h"
#include "addon/properties.h"
#include "addon/training_batch.h"
#include "models/decoder_tasks.h"

namespace xling::addon {

namespace {

struct AccumulateOptions {
  uint64_t seed;
  float dropout;  // NAN: each adapter's own
  bool recompute;
};

std::vector<AdaptedRows> adapted_rows(const TrainingBatch& batch, float dropout) {
  std::vector<AdaptedRows> out;
  for (size_t row = 0; row < batch.rows(); ++row) {
    const int32_t index = batch.row_adapters[row];
    if (index < 0) continue;
    const auto at = static_cast<int64_t>(row);
    if (row > 0 && batch.row_adapters[row - 1] == index) {
      out.back().end = at + 1;
      continue;
    }
    DeviceAdapter& adapter = *batch.adapters[static_cast<size_t>(index)];
    out.push_back({at, at + 1, &adapter.adapter().training(), std::isnan(dropout) ? adapter.dropout : dropout});
  }
  return out;
}

// The decoder whose own weights train, with memory for their gradients.
const Decoder& training_decoder(DeviceModel::Parts& parts, const std::shared_ptr<Backend>& backend) {
  Training& training = parts.training;
  if (!training.decoder) {
    auto entries = parts.weights.trainable(parts.slots);
    if (entries.empty())
      fail(ErrorCode::invalid_argument, "nothing of this model trains: give an adapter, or load it with trainable: 'all'");
    training.trainables = std::make_unique<Trainables>(backend, std::move(entries));
    training.decoder.emplace(parts.spec, parts.weights, training.trainables.get());
  }
  return *training.decoder;
}

// Whatever has gradients: the model's own, and the adapters'.
std::vector<Trainables*> all_trainables(const DeviceModel& model, const std::vector<std::shared_ptr<DeviceAdapter>>& adapters) {
  std::vector<Trainables*> out = {model.trainables()};
  for (const auto& adapter : adapters) out.push_back(adapter->trainables());
  out.erase(std::remove(out.begin(), out.end(), nullptr), out.end());
  return out;
}

void forget_gradients(DeviceModel& model, const std::vector<std::shared_ptr<DeviceAdapter>>& adapters) {
  for (Trainables* trainables : all_trainables(model, adapters)) trainables->zero_gradients();
  model.parts->training.count = 0;
  model.parts->training.rows = 0;
}

struct Accumulation {
  std::shared_ptr<DeviceModel> model;
  std::vector<std::shared_ptr<DeviceAdapter>> known;  // all that may have gradients
  TrainingBatch batch;
  AccumulateOptions options;
  float sum = 0;
  double count = 0;
};

void run(Accumulation& work, const CancelToken& cancel) {
  DeviceModel::Parts& parts = *work.model->parts;
  Training& training = parts.training;
  const bool adapted = std::any_of(work.batch.row_adapters.begin(), work.batch.row_adapters.end(), [](int32_t one) { return one >= 0; });
  const auto& backend = work.model->context->opened.device->backend;
  const TrainingBatch batch = ordered_by_adapter(work.batch, training.rows);
  const PackedRows rows{batch.ids.data(), batch.offsets.data(), static_cast<int64_t>(batch.rows())};
  const Targets targets = next_token_targets(work.model->decoder(), rows, batch.labels.data());
  const Decoder& decoder = adapted ? work.model->decoder() : training_decoder(parts, backend);
  ForwardOptions options;
  options.adapters = adapted_rows(batch, work.options.dropout);
  options.dropout = {batch.keys.data(), work.options.seed, training.steps};
  options.recompute = work.options.recompute;
  const auto body = accumulate_loss({decoder, rows, options}, targets, &work.sum);
  // The first time it is only counted: what is wrong with the rows shows then, before anything is added.
  int runs = 0;
  try {
    parts.runner.run([&](Pass& pass) { ++runs, body(pass); }, &cancel);
  } catch (...) {
    if (runs > 1) forget_gradients(*work.model, work.known);
    throw;
  }
  if (!adapted) training.trainables->touched = true;
  for (const int32_t index : batch.row_adapters)
    if (index >= 0) batch.adapters[static_cast<size_t>(index)]->trainables()->touched = true;
  work.count = static_cast<double>(targets.tokens.size());
  training.count += work.count;
  training.rows += batch.rows();
}

}  // namespace

Napi::Value accumulate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = std::make_shared<Accumulation>();
    work->model = from_handle<DeviceModel>(info[0], "model");
    work->model->context->check_alive();
    work->batch = read_training_batch(info[1], work->model);
    const Properties options("options", info[2]);
    work->options = {static_cast<uint64_t>(options.whole("seed")), options.real("dropout"), options.flag("recompute")};
    work->known = adapters_of(info[3], work->model);
    return Environment::of(info.Env())
        .start(
            work->model->context->lane,
            [work](const CancelToken& cancel) {
              run(*work, cancel);
              return Progress::done;
            },
            [work](Napi::Env env) -> Napi::Value {
              auto out = Napi::Object::New(env);
              out.Set("sum", work->sum);
              out.Set("count", work->count);
              return out;
            });
  });
}

Napi::Value zero_gradients(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = from_handle<DeviceModel>(info[0], "model");
    model->context->check_alive();
    const auto adapters = adapters_of(info[1], model);
    return Environment::of(info.Env())
        .start(
            model->context->lane,
            [model, adapters] {
              forget_gradients(*model, adapters);
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
