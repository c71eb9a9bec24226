// A sum of adapters as an adapter of its own.
#include "addon/adapter_terms.h"
#include "addon/handle.h"

namespace xling::addon {

namespace {

enum class Rule { delta, factor_wise };

Rule rule_of(const Napi::Value& value) {
  const std::string name = value.IsString() ? value.As<Napi::String>() : std::string();
  if (name == "delta") return Rule::delta;
  if (name == "factor-wise") return Rule::factor_wise;
  fail(ErrorCode::invalid_argument, "rule is '", name, "' but must be 'delta' or 'factor-wise'");
}

struct Composition {
  std::shared_ptr<DeviceAdapter> adapter;
  std::vector<Adapter::Site> sites;
  AdapterTerms terms;
  Rule rule;
  std::unique_ptr<Adapter> made;
  size_t next = 0;

  Factors composed(const Adapter::Site& site) const {
    const auto of = factors_of(adapter->context->backend(), sum_of(terms), site.slot);
    if (of.empty()) fail(ErrorCode::internal, "no term adapts ", site.slot);
    if (rule == Rule::factor_wise) return factor_wise(of);
    int64_t ranks = 0;
    for (const auto& term : of) ranks += term.factors.rank;
    return site.rank < ranks ? truncated(of, site.rank) : concatenated(of);
  }

  void write(const Adapter::Site& site) const {
    const Factors factors = composed(site);
    const LoraParameters& to = *made->layer(site.slot);
    if (factors.rank != to.a.value.shape[0])
      fail(ErrorCode::internal, "the sum has rank ", factors.rank, " at ", site.slot, " where ", site.rank, " was asked for");
    Backend& backend = adapter->context->backend();
    backend.write(to.a.value.data, factors.a.data(), to.a.value.bytes());
    backend.write(to.b.value.data, factors.b.data(), to.b.value.bytes());
  }

  // A layer a step: other queues need not wait for all of them.
  Progress step() {
    if (!made) made = std::make_unique<Adapter>(adapter->model->filled().slots, adapter->context->opened.device->backend, sites);
    if (next < sites.size()) {
      write(sites[next++]);
      return Progress::more;
    }
    adapter->parts = std::move(made);
    return Progress::done;
  }
};

}  // namespace

Napi::Value compose_adapter(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = std::make_shared<Composition>();
    work->adapter = from_handle<DeviceAdapter>(info[0], "adapter");
    work->adapter->context->check_alive();
    work->sites = sites_of(info[1]);
    work->terms = adapter_terms(info[2], work->adapter->model);
    work->rule = rule_of(info[3]);
    return Environment::of(info.Env())
        .start(
            work->adapter->context->lane, [work] { return work->step(); }, [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
