#include "addon/model.h"

#include "addon/handle.h"

namespace xling::addon {

Napi::Value create_decoder(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto context = from_handle<Context>(info[0], "context");
    context->check_alive();
    const auto model = std::make_shared<DeviceModel>();
    model->context = context;
    model->parts = std::make_shared<DeviceModel::Parts>(read_decoder_spec(info[1]), context->opened.device->backend);
    context->adopt(model);
    return make_handle(info.Env(), model);
  });
}

}  // namespace xling::addon
