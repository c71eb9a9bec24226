#include "addon/training.h"

#include <algorithm>
#include <cmath>

#include "addon/handle.h"
#include "addon/objective.h"
#include "addon/properties.h"
#include "addon/training_batch.h"

namespace xling::addon {

namespace {

struct AccumulateOptions {
  uint64_t seed;
  float dropout;  // NAN: each adapter's own
  bool recompute;
  std::optional<uint32_t> step;  // of dropout's stream; none: the optimizer steps ever done
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
  Objective objective;
  AccumulateOptions options;
  float sum = 0;
  double count = 0;
};

// The forward that adds to the gradients: the model's own with them, or the frozen one beneath an adapter.
template <class Forward>
const Forward& learning(const std::optional<Forward>& training, const Forward& frozen, bool adapted) {
  return adapted ? frozen : *training;
}

// Rows of a block, of which the same sentence may stand in each.
size_t block_of(const Accumulation& work) {
  const size_t rows = work.batch.rows();
  if (work.objective.kind != Objective::Kind::contrastive) return std::max<size_t>(1, rows);
  const int64_t anchors = work.objective.contrastive.anchors;
  if (anchors < 1 || rows % static_cast<size_t>(anchors) != 0)
    fail(ErrorCode::invalid_shape, "there are ", rows, " rows for ", anchors, " anchors; each needs as many positives and negatives as the others");
  return static_cast<size_t>(anchors);
}

int64_t vocab_size(const DeviceModel::Parts& parts) {
  return parts.decoder ? parts.decoder->spec().vocab_size : parts.encoder->spec().vocab_size;
}

// Of a batch in its order.
ForwardOptions forward_options(const Accumulation& work, const TrainingBatch& batch) {
  const auto& [seed, rate, recompute, step] = work.options;
  ForwardOptions options;
  options.adapters = adapted_rows(batch, rate);
  options.dropout = {batch.keys.data(), seed, step.value_or(work.model->parts->training.steps)};
  options.recompute = recompute;
  if (const auto& encoder = work.model->parts->encoder) {
    options.dropout.features = std::isnan(rate) ? encoder->spec().dropout : rate;
    options.dropout.probabilities = std::isnan(rate) ? encoder->spec().attention_dropout : rate;
  }
  return options;
}

void run(Accumulation& work, const CancelToken& cancel) {
  DeviceModel::Parts& parts = work.model->filled();
  parts.check_unmerged("nothing can be learnt on");
  Training& training = parts.training;
  const size_t block = block_of(work);
  put_views(work.batch, block, training.rows);
  const TrainingBatch batch = ordered_by_adapter(work.batch);
  const PackedRows rows{batch.ids.data(), batch.offsets.data(), static_cast<int64_t>(batch.rows())};
  const Lesson lesson = lesson_of(work.objective, rows, batch.labels, vocab_size(parts));
  const bool adapted = std::any_of(batch.row_adapters.begin(), batch.row_adapters.end(), [](int32_t one) { return one >= 0; });
  if (!adapted) make_trainable(parts, work.model->context->opened.device->backend);
  const ForwardOptions options = forward_options(work, batch);
  const auto body = [&]() -> Runner::Body {
    if (work.objective.kind == Objective::Kind::sft)
      return accumulate_loss({learning(training.decoder, work.model->decoder(), adapted), rows, options}, lesson.targets, &work.sum);
    const EncoderPass pass{learning(training.encoder, work.model->encoder(), adapted), rows, options};
    if (work.objective.kind == Objective::Kind::masked_lm) return accumulate_masked_lm(pass, lesson.targets, &work.sum);
    return accumulate_contrastive(pass, work.objective.vector, work.objective.contrastive, &work.sum);
  }();
  // The first time it is only counted: what is wrong with the rows shows then, before anything is added.
  int runs = 0;
  try {
    parts.runner.run([&](Pass& pass) { ++runs, body(pass); }, &cancel);
  } catch (...) {
    if (runs > 1) forget_gradients(*work.model, work.known);
    throw;
  }
  if (!adapted) training.trainables->use([&](const std::string& slot) { return work.objective.uses(slot); });
  for (const int32_t index : batch.row_adapters)
    if (index >= 0) batch.adapters[static_cast<size_t>(index)]->trainables()->use([](const std::string&) { return true; });
  work.count = lesson.count;
  training.count += work.count;
  training.rows += block;
}

}  // namespace

void make_trainable(DeviceModel::Parts& parts, const std::shared_ptr<Backend>& backend) {
  Training& training = parts.training;
  if (training.trainables) return;
  auto entries = parts.weights.trainable(parts.slots);
  if (entries.empty())
    fail(ErrorCode::invalid_argument, "nothing of this model trains: give an adapter, or load it with trainable: 'all'");
  training.trainables = std::make_unique<Trainables>(backend, std::move(entries));
  if (parts.decoder)
    training.decoder.emplace(parts.decoder->spec(), parts.weights, training.trainables.get());
  else
    training.encoder.emplace(parts.encoder->spec(), parts.weights, training.trainables.get());
}

Napi::Value accumulate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = std::make_shared<Accumulation>();
    work->model = from_handle<DeviceModel>(info[0], "model");
    work->model->context->check_alive();
    work->batch = read_training_batch(info[1], work->model);
    const Properties options("options", info[2]);
    work->objective = objective_of(options);
    if (work->objective.kind != Objective::Kind::contrastive) check_labels(work->batch);
    const bool own_step = options.value("step").IsNumber();
    work->options = {static_cast<uint64_t>(options.whole("seed")), options.real("dropout"), options.flag("recompute"),
                     own_step ? std::optional(static_cast<uint32_t>(options.whole("step"))) : std::nullopt};
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
