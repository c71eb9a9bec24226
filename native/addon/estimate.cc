// What work on a model would take, counted.
#include "addon/adapter.h"
#include "addon/handle.h"
#include "addon/objective.h"
#include "addon/properties.h"
#include "backend/counting_backend.h"
#include "sampling/generation_need.h"

namespace xling::addon {

namespace {

struct Needs {
  size_t weights, training, cache, workspace;  // bytes
};

Napi::Value needs(Napi::Env env, const Needs& counted) {
  auto out = Napi::Object::New(env);
  out.Set("weights", static_cast<double>(counted.weights));
  out.Set("training", static_cast<double>(counted.training));
  out.Set("cache", static_cast<double>(counted.cache));
  out.Set("workspace", static_cast<double>(counted.workspace));
  return out;
}

// The worker has its own; JavaScript's thread may only count one.
std::unique_ptr<Adapter> counted_adapter(const Napi::Value& sites, const DeviceModel::Parts& parts, const std::shared_ptr<Backend>& counting) {
  return sites.IsUndefined() ? nullptr : std::make_unique<Adapter>(parts.slots, counting, sites_of(sites));
}

// What learning takes beside the workspace: of an adapter, or of the model's own weights without one.
struct CountedTraining {
  Trainables own;
  size_t bytes;

  CountedTraining(const DeviceModel::Parts& parts, const std::shared_ptr<Backend>& counting, Adapter* adapter)
      : own(counting, adapter ? std::vector<Trainables::Entry>() : parts.weights.trainable(parts.slots)) {
    if (adapter) static_cast<void>(adapter->training());
    Trainables& trainables = adapter ? *adapter->trainables() : own;
    trainables.reserve_moments();
    bytes = trainables.bytes();
  }
};

}  // namespace

Napi::Value estimate_decoder(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto model = from_handle<DeviceModel>(info[0], "model");
    model->context->check_alive();
    const Properties work("work", info[1]);
    const std::string kind = work.text("task");
    const std::vector<int32_t> ids(static_cast<size_t>(work.whole("tokens")));
    const std::vector<int32_t> places(static_cast<size_t>(work.whole("rows")));
    const std::vector<int32_t> offsets = {0, static_cast<int32_t>(ids.size())}, keys(3);
    const Targets targets{places, places};
    const auto& parts = *model->parts;
    const auto& backend = model->context->opened.device->backend;
    const auto counting = std::make_shared<CountingBackend>(*backend);
    const auto adapter = counted_adapter(info[2], parts, counting);
    DecoderPass pass{model->decoder(), {ids.data(), offsets.data(), 1}, {}};
    if (adapter) pass.options.adapters = {{0, 1, &adapter->frozen()}};
    GenerationNeed need{};
    size_t training = 0;
    if (kind == "generate") {
      const GenerationWork generation{work.whole("rows"), work.whole("tokens"), work.whole("newTokens"), {adapter ? &adapter->frozen() : nullptr}};
      need = generation_need(pass.decoder, backend, parts.runner, generation);
    } else if (kind == "hiddenStates") {
      need.workspace = parts.runner.need(xling::hidden_states(pass, static_cast<int64_t>(pass.decoder.spec().layers.size()), nullptr));
    } else if (kind == "logits") {
      need.workspace = parts.runner.need(logits_at(pass, places, nullptr));
    } else if (kind == "loss") {
      need.workspace = parts.runner.need(loss_sum(pass, targets, nullptr));
    } else {
      CountedTraining counted(parts, counting, adapter.get());
      training = counted.bytes;
      if (adapter) pass.options.adapters = {{0, 1, &adapter->training(), work.real("dropout")}};
      const Decoder trained(pass.decoder.spec(), parts.weights, &counted.own);
      pass.options.dropout.keys = keys.data();
      pass.options.recompute = work.flag("recompute");
      need.workspace = parts.runner.need(accumulate_loss({trained, pass.rows, pass.options}, targets, nullptr));
    }
    return needs(info.Env(), {parts.weight_bytes() + (adapter ? adapter->bytes() : 0), training, need.cache, need.workspace});
  });
}

Napi::Value estimate_encoder(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto model = from_handle<DeviceModel>(info[0], "model");
    model->context->check_alive();
    const Properties work("work", info[1]);
    const std::string kind = work.text("task");
    const int64_t rows = work.whole("rows"), tokens = work.whole("tokens");
    const std::vector<int32_t> ids(static_cast<size_t>(rows * tokens)), keys(static_cast<size_t>(3 * rows));
    std::vector<int32_t> offsets;
    for (int64_t row = 0; row <= rows; ++row) offsets.push_back(static_cast<int32_t>(row * tokens));
    const auto& parts = *model->parts;
    const auto counting = std::make_shared<CountingBackend>(*model->context->opened.device->backend);
    const auto adapter = counted_adapter(info[2], parts, counting);
    const Encoder& encoder = model->encoder();
    ForwardOptions options;
    const PackedRows packed{ids.data(), offsets.data(), rows};
    size_t training = 0, workspace = 0;
    if (kind == "hiddenStates" || kind == "encode") {
      if (adapter) options.adapters = {{0, rows, &adapter->frozen()}};
      const EncoderPass pass{encoder, packed, options};
      workspace = parts.runner.need(kind == "encode" ? sentence_vectors(pass, sentence_vector_of(work.value("vector")), nullptr)
                                                     : xling::hidden_states(pass, encoder.spec().layers, nullptr));
    } else {
      CountedTraining counted(parts, counting, adapter.get());
      training = counted.bytes;
      const Encoder trained(encoder.spec(), parts.weights, &counted.own);
      if (adapter) options.adapters = {{0, rows, &adapter->training(), work.real("dropout")}};
      options.dropout = {keys.data(), 0, 0, encoder.spec().dropout, encoder.spec().attention_dropout};
      options.recompute = work.flag("recompute");
      const EncoderPass pass{trained, packed, options};
      const Objective objective = objective_of(work);
      // At most every token has a label.
      const Targets targets{ids, ids};
      workspace = parts.runner.need(objective.kind == Objective::Kind::masked_lm
                                        ? accumulate_masked_lm(pass, targets, nullptr)
                                        : accumulate_contrastive(pass, objective.vector, objective.contrastive, nullptr));
    }
    return needs(info.Env(), {parts.weight_bytes() + (adapter ? adapter->bytes() : 0), training, 0, workspace});
  });
}

}  // namespace xling::addon
