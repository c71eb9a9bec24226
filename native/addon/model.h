// A model as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "addon/context.h"
#include "io/gguf.h"
#include "io/weight_files.h"
#include "models/decoder.h"
#include "models/runner.h"

namespace xling::addon {

// What was learnt from since the gradients were last set to zero.
struct Training {
  std::unique_ptr<Trainables> trainables;  // of the model itself, once it trains
  std::optional<Decoder> decoder;          // the one that adds to their gradients
  double count = 0;                        // labels: what gradients are divided by
  uint64_t rows = 0;
  uint32_t steps = 0;                      // optimizer steps ever done
};

struct DeviceModel final : DeviceResource {
  static constexpr napi_type_tag tag = {0x51d27be09a3c46f8, 0x8e0f6a4d27c1b953};
  static constexpr char what[] = "model";

  // All that is on the device; touched by its worker only, but for what never changes.
  struct Parts {
    DecoderSpec spec;
    std::vector<Slot> slots;
    ModelWeights weights;
    Runner runner;
    std::optional<Decoder> decoder;  // once every slot is filled
    Training training;

    Parts(DecoderSpec of, const std::shared_ptr<Backend>& backend)
        : spec(std::move(of)), slots(decoder_slots(spec)), weights(backend), runner(backend) {}
  };
  std::shared_ptr<Parts> parts;

  const Decoder& decoder() const {
    if (!parts || !parts->decoder) fail(ErrorCode::disposed, "this model has no weights: it was disposed, or never filled");
    return *parts->decoder;
  }

  // Null while nothing of the model's own is trained.
  Trainables* trainables() const { return parts ? parts->training.trainables.get() : nullptr; }

  void release() override { parts.reset(); }
  ~DeviceModel() override {
    if (parts) context->leave_to_worker(std::move(parts));
  }
};

// Files of weights, mapped.
struct OpenedWeights {
  static constexpr napi_type_tag tag = {0xa94c03d81f7e4b26, 0xb3e8520c6d91f74a};
  static constexpr char what[] = "set of weight files";

  WeightFiles files;
  const Gguf* gguf = nullptr;  // where the only file is one
};

DecoderSpec read_decoder_spec(const Napi::Value& value);

Napi::Value create_decoder(const Napi::CallbackInfo& info);  // (context, spec) -> model

Napi::Value open_weights(const Napi::CallbackInfo& info);  // (paths) -> job of { handle, tensors: { name, type, shape }[] }
Napi::Value open_gguf(const Napi::CallbackInfo& info);     // (path) -> job of the same, and types: [key, type][]
Napi::Value gguf_value(const Napi::CallbackInfo& info);    // (weights, key) -> value
Napi::Value file_numbers(const Napi::CallbackInfo& info);  // (weights, tensor) -> Float32Array

Napi::Value fill_model(const Napi::CallbackInfo& info);    // (model, weights, fillings, storage to quantize to or undefined) -> job
Napi::Value init_model(const Napi::CallbackInfo& info);    // (model, seed, deviation) -> job
Napi::Value save_model(const Napi::CallbackInfo& info);    // (model, path, [slot, tensor][], dtype) -> job

// Their last argument is an adapter, or undefined.
Napi::Value hidden_states(const Napi::CallbackInfo& info);   // (model, ids, layer, adapter) -> job of Float32Array [T, H]
Napi::Value logits(const Napi::CallbackInfo& info);          // (model, ids, places, adapter) -> job of Float32Array [places, V]
Napi::Value loss(const Napi::CallbackInfo& info);            // (model, ids, labels, adapter) -> job of { sum, count }
// (model, { task, tokens, rows, newTokens, recompute, dropout }, an adapter's sites or undefined)
//   -> { weights, training, cache, workspace }
Napi::Value estimate_model(const Napi::CallbackInfo& info);

}  // namespace xling::addon
