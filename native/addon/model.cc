#include "addon/model.h"

#include "addon/handle.h"

namespace xling::addon {

namespace {

template <class Spec>
Napi::Value create(const Napi::CallbackInfo& info, Spec (*read)(const Napi::Value&)) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto context = from_handle<Context>(info[0], "context");
    context->check_alive();
    const auto model = std::make_shared<DeviceModel>();
    model->context = context;
    model->parts = std::make_shared<DeviceModel::Parts>(read(info[1]), context->opened.device->backend);
    context->adopt(model);
    return make_handle(info.Env(), model);
  });
}

}  // namespace

Napi::Value create_decoder(const Napi::CallbackInfo& info) { return create(info, read_decoder_spec); }

Napi::Value create_encoder(const Napi::CallbackInfo& info) { return create(info, read_encoder_spec); }

}  // namespace xling::addon
