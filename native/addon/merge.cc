// Adapters within a model's weights, and out of them again.
#include <map>

#include "addon/adapter_terms.h"
#include "addon/handle.h"

namespace xling::addon {

namespace {

// Nothing of the model changes before all is made, so an abort or an error leaves it as it was.
struct Merging {
  std::shared_ptr<DeviceModel> model;
  AdapterTerms terms;
  std::map<std::string, ModelWeights::Held> made;
  std::map<std::pair<Storage, Storage>, uint32_t> storages;  // from and to, of how many matrices
  size_t next = 0;

  // A slot a step: other queues need not wait for a whole model.
  Progress step() {
    auto& parts = model->filled();
    parts.check_unmerged("no more adapters can be merged into");
    if (next < parts.slots.size()) {
      make(parts, parts.slots[next++]);
      return Progress::more;
    }
    parts.unmerged = std::move(made);
    parts.exchange();
    for (const auto& term : terms) term.adapter->merged_by = parts.exchanges;
    return Progress::done;
  }

  void make(DeviceModel::Parts& parts, const Slot& slot) {
    const AdapterSum sum = sum_of(terms);
    if (!adds_to(sum, slot.name)) return;
    const Storage from = parts.weights.matrix(slot.name).storage, to = merged_storage(from);
    made.emplace(slot.name, MergedMatrix{model->context->opened.device->backend, parts.weights, slot, sum}.held(to));
    ++storages[{from, to}];
  }

  Napi::Value result(Napi::Env env) const {
    auto out = Napi::Array::New(env);
    for (const auto& [of, matrices] : storages) {
      auto one = Napi::Object::New(env);
      one.Set("from", name_of(of.first));
      one.Set("to", name_of(of.second));
      one.Set("matrices", matrices);
      out[out.Length()] = one;
    }
    return out;
  }
};

}  // namespace

Napi::Value merge_adapters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = std::make_shared<Merging>();
    work->model = from_handle<DeviceModel>(info[0], "model");
    work->model->context->check_alive();
    work->terms = adapter_terms(info[1], work->model);
    return Environment::of(info.Env())
        .start(
            work->model->context->lane, [work] { return work->step(); }, [work](Napi::Env env) { return work->result(env); });
  });
}

Napi::Value unmerge_adapters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = from_handle<DeviceModel>(info[0], "model");
    model->context->check_alive();
    return Environment::of(info.Env())
        .start(
            model->context->lane,
            [model] {
              auto& parts = model->filled();
              if (!parts.merged) return Progress::done;
              parts.exchange();
              parts.unmerged.clear();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
