#include "addon/context.h"

#include <algorithm>

#include "addon/devices.h"
#include "addon/handle.h"

namespace xling::addon {

void Context::adopt(const std::shared_ptr<DeviceResource>& child) {
  resources.erase(std::remove_if(resources.begin(), resources.end(), [](const auto& old) { return old.expired(); }), resources.end());
  resources.push_back(child);
}

void Context::leave_to_worker(std::shared_ptr<void> held) const {
  const auto job = std::make_shared<Job>();
  job->step = [held = std::move(held)]() mutable {
    held.reset();
    return Progress::done;
  };
  job->finished = [](std::exception_ptr) {};
  lane->worker.submit(lane->queue, job);
}

Napi::Value open_context(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!info[0].IsString()) fail(ErrorCode::invalid_argument, "device must be a string: 'auto', 'cpu' or 'cuda'");
    const auto opened = std::make_shared<OpenedDevice>();
    const std::string name = info[0].As<Napi::String>();
    auto& environment = Environment::of(info.Env());
    return environment.start(
        environment.host_lane(),
        [opened, name] {
          *opened = devices().open(name);
          return Progress::done;
        },
        [opened](Napi::Env env) -> Napi::Value {
          auto context = std::make_shared<Context>();
          context->opened = *opened;
          context->lane = Environment::of(env).open_lane(opened->device->worker);
          return make_handle(env, std::move(context));
        });
  });
}

Napi::Value describe_device(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto context = from_handle<Context>(info[0], "context");
    const DeviceInfo& device = context->opened.device->info;
    auto out = Napi::Object::New(info.Env());
    out.Set("name", device.name);
    out.Set("isa", device.isa);
    out.Set("why", context->opened.why);
    out.Set("threads", device.threads);
    return out;
  });
}

Napi::Value dispose_context(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto context = from_handle<Context>(info[0], "context");
    context->check_alive();
    context->disposed = true;
    return Environment::of(info.Env())
        .start(
            context->lane,
            [context] {
              for (const auto& weak : context->resources)
                if (const auto child = weak.lock()) child->release();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); }, true);
  });
}

}  // namespace xling::addon
