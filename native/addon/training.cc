#include "addon/training.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "addon/handle.h"
#include "addon/properties.h"
#include "models/decoder_tasks.h"

namespace xling::addon {

namespace {

// Rows as they were given, to be ordered by their adapters.
struct Batch {
  std::vector<int32_t> ids, offsets, labels;
  std::vector<int32_t> keys;                             // [rows, 2]
  std::vector<std::shared_ptr<DeviceAdapter>> adapters;  // those in use
  std::vector<int32_t> row_adapters;                     // index into them, -1: none

  size_t rows() const { return offsets.size() - 1; }
};

void check_batch(const Batch& batch) {
  if (batch.offsets.empty()) fail(ErrorCode::invalid_shape, "offsets are empty; they are one more than the rows");
  if (batch.offsets.front() != 0)
    fail(ErrorCode::invalid_argument, "offsets must begin with 0; row r is ids[offsets[r]] to ids[offsets[r + 1] - 1]");
  for (size_t row = 0; row < batch.rows(); ++row)
    if (batch.offsets[row + 1] < batch.offsets[row])
      fail(ErrorCode::invalid_argument, "offsets fall from ", batch.offsets[row], " to ", batch.offsets[row + 1], " at row ", row);
  const auto tokens = static_cast<size_t>(batch.offsets.back());
  if (tokens != batch.ids.size())
    fail(ErrorCode::invalid_shape, "offsets end at ", tokens, " but there are ", batch.ids.size(), " ids; the last offset is their number");
  if (batch.labels.size() != batch.ids.size())
    fail(ErrorCode::invalid_shape, "there are ", batch.labels.size(), " labels for ", batch.ids.size(), " ids; each token needs one, -100 for none");
  if (batch.row_adapters.size() != batch.rows())
    fail(ErrorCode::invalid_shape, "there are ", batch.row_adapters.size(), " adapters for ", batch.rows(), " rows; each row needs one");
  if (!batch.keys.empty() && batch.keys.size() != 2 * batch.rows())
    fail(ErrorCode::invalid_shape, "there are ", batch.keys.size() / 2, " keys for ", batch.rows(), " rows; each row needs one");
}

// The same rows, those of one adapter side by side, those without any first.
Batch ordered(const Batch& batch) {
  std::vector<size_t> order(batch.rows());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return batch.row_adapters[a] < batch.row_adapters[b]; });
  Batch out;
  out.adapters = batch.adapters;
  out.offsets = {0};
  for (const size_t row : order) {
    const int32_t begin = batch.offsets[row], end = batch.offsets[row + 1];
    out.ids.insert(out.ids.end(), batch.ids.begin() + begin, batch.ids.begin() + end);
    out.labels.insert(out.labels.end(), batch.labels.begin() + begin, batch.labels.begin() + end);
    out.offsets.push_back(static_cast<int32_t>(out.ids.size()));
    out.keys.insert(out.keys.end(), {batch.keys[2 * row], batch.keys[2 * row + 1]});
    out.row_adapters.push_back(batch.row_adapters[row]);
  }
  return out;
}

struct AccumulateOptions {
  uint64_t seed;
  float dropout;  // NAN: each adapter's own
  bool recompute;
};

std::vector<AdaptedRows> adapted_rows(const Batch& batch, float dropout) {
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

// Row keys that nobody gave are the rows seen since the gradients were zero.
void fill_keys(Batch& batch, uint64_t seen) {
  if (!batch.keys.empty()) return;
  for (uint64_t key = seen; key < seen + batch.rows(); ++key)
    batch.keys.insert(batch.keys.end(), {static_cast<int32_t>(static_cast<uint32_t>(key)), static_cast<int32_t>(key >> 32)});
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
  Batch batch;
  AccumulateOptions options;
  float sum = 0;
  double count = 0;
};

void run(Accumulation& work, const CancelToken& cancel) {
  DeviceModel::Parts& parts = *work.model->parts;
  Training& training = parts.training;
  const bool adapted = std::any_of(work.batch.row_adapters.begin(), work.batch.row_adapters.end(), [](int32_t one) { return one >= 0; });
  const auto& backend = work.model->context->opened.device->backend;
  fill_keys(work.batch, training.rows);
  const Batch batch = ordered(work.batch);
  const PackedRows rows{batch.ids.data(), batch.offsets.data(), static_cast<int64_t>(batch.rows())};
  const Targets targets = next_token_targets(work.model->decoder(), rows, batch.labels.data());
  const Decoder& decoder = adapted ? work.model->decoder() : training_decoder(parts, backend);
  ForwardOptions options;
  options.adapters = adapted_rows(batch, work.options.dropout);
  options.dropout = {batch.keys.data(), work.options.seed, training.steps};
  options.recompute = work.options.recompute;
  const auto body = accumulate_loss({decoder, rows, options}, targets, &work.sum);
  static_cast<void>(parts.runner.need(body));  // what is wrong with the rows is known before anything is added
  try {
    parts.runner.run(body, &cancel);
  } catch (...) {
    forget_gradients(*work.model, work.known);
    throw;
  }
  if (!adapted) training.trainables->touched = true;
  for (const int32_t index : batch.row_adapters)
    if (index >= 0) batch.adapters[static_cast<size_t>(index)]->trainables()->touched = true;
  work.count = static_cast<double>(targets.tokens.size());
  training.count += work.count;
  training.rows += batch.rows();
}

std::vector<std::shared_ptr<DeviceAdapter>> adapters_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "adapters must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<std::shared_ptr<DeviceAdapter>> out;
  for (uint32_t i = 0; i < array.Length(); ++i) out.push_back(adapter_of(array.Get(i), model));
  return out;
}

Batch batch_of(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model) {
  const Properties given("batch", value);
  Batch batch;
  batch.ids = given.ids("ids");
  batch.offsets = given.ids("offsets");
  batch.labels = given.ids("labels");
  batch.keys = given.ids("keys");
  batch.row_adapters = given.ids("rowAdapters");
  batch.adapters = adapters_of(given.value("adapters"), model);
  check_batch(batch);
  return batch;
}

}  // namespace

Napi::Value accumulate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = std::make_shared<Accumulation>();
    work->model = from_handle<DeviceModel>(info[0], "model");
    work->model->context->check_alive();
    work->batch = batch_of(info[1], work->model);
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

Napi::Value optimizer_step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    struct Target {
      std::shared_ptr<DeviceAdapter> adapter;  // null: the model itself
      std::vector<int32_t> without_decay;      // its entries, by number
    };
    struct Step {
      std::shared_ptr<DeviceModel> model;
      std::vector<Target> targets;
      AdamWSettings settings;
      double clip, norm = 0;
    };
    const auto step = std::make_shared<Step>();
    step->model = from_handle<DeviceModel>(info[0], "model");
    step->model->context->check_alive();
    const Properties given("step", info[1]);
    step->settings = {given.number("lr"), given.number("beta1"), given.number("beta2"), given.number("eps"), given.number("weightDecay")};
    step->clip = given.number("clip");
    static_cast<void>(adamw_numbers(step->settings, 1));  // refuses what is out of range here and now
    given.each("targets", [&](const Properties& target) {
      step->targets.push_back({adapter_of(target.value("adapter"), step->model), target.ids("withoutDecay")});
    });
    return Environment::of(info.Env())
        .start(
            step->model->context->lane,
            [step] {
              Training& training = step->model->parts->training;
              struct Taken {
                Trainables* trainables;
                std::vector<bool> without_decay;
              };
              std::vector<Taken> taken;
              double squares = 0;
              for (const Target& target : step->targets) {
                Trainables* trainables = target.adapter ? target.adapter->trainables() : step->model->trainables();
                if (!trainables || !trainables->touched) continue;
                std::vector<bool> without(trainables->entries().size());
                for (const int32_t entry : target.without_decay) without.at(static_cast<size_t>(entry)) = true;
                const double norm = trainables->gradient_norm();
                squares += norm * norm;
                taken.push_back({trainables, std::move(without)});
              }
              if (taken.empty())
                fail(ErrorCode::invalid_argument, "there is nothing to step from: nothing was accumulated since the gradients were last zero");
              step->norm = std::sqrt(squares) / training.count;
              // As torch.nn.utils.clip_grad_norm_: 1e-6 keeps it from dividing by nothing.
              const double shrink = step->clip > 0 ? std::min(1.0, step->clip / (step->norm + 1e-6)) : 1.0;
              for (const Taken& one : taken) one.trainables->step(step->settings, static_cast<float>(shrink / training.count), one.without_decay);
              ++training.steps;
              return Progress::done;
            },
            [step](Napi::Env env) { return Napi::Number::New(env, step->norm); });
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
