// Text being generated, as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/adapter.h"
#include "sampling/generator.h"

namespace xling::addon {

struct DeviceGeneration final : DeviceResource {
  static constexpr napi_type_tag tag = {0x2c9fd1460e7b4a83, 0xb05a3e91d4f8672c};
  static constexpr char what[] = "generation";

  std::shared_ptr<DeviceModel> model;
  std::vector<std::shared_ptr<DeviceAdapter>> adapters;  // as the prompts count them
  std::unique_ptr<Generator> generator;  // touched by the device's worker only
  uint64_t exchanges = 0;                // of the model's weights, when it began

  // What it keeps of its rows is of the weights that it began with.
  void check_weights() const {
    if (model->filled().exchanges != exchanges)
      fail(ErrorCode::already_merged, "adapters were merged into the model, or taken out, while it wrote this text; generate it again");
  }

  // Of this moment: between two jobs an adapter may be disposed, or learn.
  Generator::Adapters layers() const {
    Generator::Adapters out;
    for (const auto& adapter : adapters) out.push_back(adapter->parts ? &adapter->beside_weights() : nullptr);
    return out;
  }

  void release() override { generator.reset(); }
  ~DeviceGeneration() override {
    if (generator) context->leave_to_worker(std::shared_ptr<Generator>(std::move(generator)));
  }
};

// (model, prompts, each with its adapter or without, { slots, stops }) -> job of a generation
Napi::Value create_generation(const Napi::CallbackInfo& info);
// (generation, steps, rows to drop) -> job of { done, added: { row, ids, finish }[] }
Napi::Value advance_generation(const Napi::CallbackInfo& info);
Napi::Value dispose_generation(const Napi::CallbackInfo& info);  // (generation) -> job

}  // namespace xling::addon
