// What work on a model would take, counted.
#include "addon/adapter.h"
#include "addon/handle.h"
#include "addon/properties.h"
#include "backend/counting_backend.h"
#include "models/decoder_tasks.h"
#include "sampling/generation_need.h"

namespace xling::addon {

Napi::Value estimate_model(const Napi::CallbackInfo& info) {
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
    // The worker has its own; this thread may only count one.
    std::optional<Adapter> adapter;
    if (!info[2].IsUndefined()) adapter.emplace(parts.spec, counting, sites_of(info[2]));
    DecoderPass pass{model->decoder(), {ids.data(), offsets.data(), 1}, {}};
    if (adapter) pass.options.adapters = {{0, 1, &adapter->frozen()}};
    GenerationNeed need{};
    size_t training = 0;
    if (kind == "generate") {
      const GenerationWork generation{work.whole("rows"), work.whole("tokens"), work.whole("newTokens"), {adapter ? &adapter->frozen() : nullptr}};
      need = generation_need(pass.decoder, backend, parts.runner, generation);
    } else if (kind == "hiddenStates") {
      need.workspace = parts.runner.need(xling::hidden_states(pass, static_cast<int64_t>(parts.spec.layers.size()), nullptr));
    } else if (kind == "logits") {
      need.workspace = parts.runner.need(logits_at(pass, places, nullptr));
    } else if (kind == "loss") {
      need.workspace = parts.runner.need(loss_sum(pass, targets, nullptr));
    } else {
      Trainables own(counting, adapter ? std::vector<Trainables::Entry>() : parts.weights.trainable(parts.slots));
      if (adapter) pass.options.adapters = {{0, 1, &adapter->training(), work.real("dropout")}};
      Trainables& trainables = adapter ? *adapter->trainables() : own;
      trainables.reserve_moments();
      training = trainables.bytes();
      const Decoder trained(parts.spec, parts.weights, &own);
      pass.options.dropout.keys = keys.data();
      pass.options.recompute = work.flag("recompute");
      need.workspace = parts.runner.need(accumulate_loss({trained, pass.rows, pass.options}, targets, nullptr));
    }
    auto out = Napi::Object::New(info.Env());
    out.Set("weights", static_cast<double>(parts.weights.bytes() + (adapter ? adapter->bytes() : 0)));
    out.Set("training", static_cast<double>(training));
    out.Set("cache", static_cast<double>(need.cache));
    out.Set("workspace", static_cast<double>(need.workspace));
    return out;
  });
}

}  // namespace xling::addon
