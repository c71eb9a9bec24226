#include "addon/context.h"

#include "addon/devices.h"
#include "addon/handle.h"

namespace xling::addon {

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
              for (const auto& weak : context->tensors)
                if (const auto tensor = weak.lock()) tensor->memory.reset();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); }, true);
  });
}

}  // namespace xling::addon
