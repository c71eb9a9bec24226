#include "addon/generation.h"

#include <algorithm>
#include <cstring>

#include "addon/handle.h"
#include "addon/properties.h"

namespace xling::addon {

namespace {

Prompt prompt_of(const Properties& given) {
  Prompt prompt;
  prompt.ids = given.ids("ids");
  prompt.max_new = static_cast<int32_t>(given.whole("maxNewTokens"));
  prompt.seed = static_cast<uint64_t>(given.whole("seed"));
  prompt.key = static_cast<uint64_t>(given.whole("key"));
  prompt.top_k = static_cast<int32_t>(given.whole("topK"));
  prompt.settings = {given.real("temperature"), given.real("topP"), given.real("minP"), given.real("repetitionPenalty")};
  return prompt;
}

// Its place among the generation's adapters, to which it is added where it is new; -1 for none.
int32_t place_of(const std::shared_ptr<DeviceAdapter>& adapter, std::vector<std::shared_ptr<DeviceAdapter>>& adapters) {
  if (!adapter) return -1;
  const auto found = std::find(adapters.begin(), adapters.end(), adapter);
  const auto place = static_cast<int32_t>(found - adapters.begin());
  if (found == adapters.end()) adapters.push_back(adapter);
  return place;
}

std::vector<Prompt> prompts_of(const Napi::Value& value, DeviceGeneration& generation) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "prompts must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<Prompt> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Properties given("prompt", array.Get(i));
    out.push_back(prompt_of(given));
    out.back().adapter = place_of(adapter_of(given.value("adapter"), generation.model), generation.adapters);
  }
  return out;
}

const char* name_of(Finish finish) {
  switch (finish) {
    case Finish::none: return "";
    case Finish::stop: return "stop";
    case Finish::length: return "length";
  }
  return "";
}

Napi::Value added_to(Napi::Env env, const std::vector<Generator::Added>& all, bool done) {
  auto added = Napi::Array::New(env);
  for (const auto& [row, ids, finish] : all) {
    auto one = Napi::Object::New(env);
    auto array = Napi::Int32Array::New(env, ids.size());
    if (!ids.empty()) std::memcpy(array.Data(), ids.data(), ids.size() * sizeof(int32_t));
    one.Set("row", row);
    one.Set("ids", array);
    one.Set("finish", name_of(finish));
    added[added.Length()] = one;
  }
  auto out = Napi::Object::New(env);
  out.Set("done", done);
  out.Set("added", added);
  return out;
}

// One entry a row, whatever the steps.
void join(std::vector<Generator::Added>& all, Generator::Added one) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const auto& before) { return before.row == one.row; });
  if (same == all.end()) return all.push_back(std::move(one));
  same->ids.insert(same->ids.end(), one.ids.begin(), one.ids.end());
  same->finish = one.finish;
}

std::shared_ptr<DeviceGeneration> generation_of(const Napi::Value& value) {
  auto generation = from_handle<DeviceGeneration>(value, "generation");
  generation->context->check_alive();
  if (generation->disposed) fail(ErrorCode::disposed, "this generation was disposed");
  return generation;
}

}  // namespace

Napi::Value create_generation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto generation = std::make_shared<DeviceGeneration>();
    generation->model = from_handle<DeviceModel>(info[0], "model");
    generation->context = generation->model->context;
    generation->context->check_alive();
    const auto prompts = std::make_shared<std::vector<Prompt>>(prompts_of(info[1], *generation));
    const Properties options("generation", info[2]);
    const Generator::Options chosen{options.whole("slots"), options.ids("stops")};
    generation->context->adopt(generation);
    return Environment::of(info.Env())
        .start(
            generation->context->lane,
            [generation, prompts, chosen] {
              const Decoder& decoder = generation->model->decoder();
              generation->exchanges = generation->model->parts->exchanges;
              const auto& backend = generation->context->opened.device->backend;
              generation->generator = std::make_unique<Generator>(decoder, backend, std::move(*prompts), chosen);
              return Progress::done;
            },
            [generation](Napi::Env env) -> Napi::Value { return make_handle(env, generation); });
  });
}

Napi::Value advance_generation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    struct Advance {
      std::shared_ptr<DeviceGeneration> generation;
      std::vector<int32_t> dropped;
      std::vector<Generator::Added> added;
      bool done = false;
    };
    const auto advance = std::make_shared<Advance>();
    advance->generation = generation_of(info[0]);
    const int64_t steps = info[1].As<Napi::Number>().Int64Value();
    const auto dropped = info[2].As<Napi::Int32Array>();
    advance->dropped.assign(dropped.Data(), dropped.Data() + dropped.ElementLength());
    return Environment::of(info.Env())
        .start(
            advance->generation->context->lane,
            [advance, steps](const CancelToken& cancel) {
              advance->generation->check_weights();
              Generator& generator = *advance->generation->generator;
              Runner& runner = advance->generation->model->parts->runner;
              const Generator::Adapters adapters = advance->generation->layers();
              for (const int32_t row : advance->dropped) generator.drop(row);
              bool read = false;
              // A piece of prompts is as much work as a job may be.
              for (int64_t step = 0; step < steps && !read && !generator.done(); ++step) {
                read = generator.reads_prompts();
                for (auto& added : generator.step(runner, &cancel, adapters)) join(advance->added, std::move(added));
              }
              advance->done = generator.done();
              return Progress::done;
            },
            [advance](Napi::Env env) { return added_to(env, advance->added, advance->done); });
  });
}

Napi::Value dispose_generation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto generation = from_handle<DeviceGeneration>(info[0], "generation");
    generation->disposed = true;
    return Environment::of(info.Env())
        .start(
            generation->context->lane,
            [generation] {
              generation->release();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
