// A model as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <variant>

#include "addon/context.h"
#include "io/gguf.h"
#include "io/weight_files.h"
#include "models/decoder.h"
#include "models/decoder_slots.h"
#include "models/encoder.h"
#include "models/encoder_slots.h"
#include "models/runner.h"

namespace xling::addon {

// What was learnt from since the gradients were last set to zero.
struct Training {
  std::unique_ptr<Trainables> trainables;  // of the model itself, once it trains
  std::optional<Decoder> decoder;          // the one that adds to their gradients,
  std::optional<Encoder> encoder;          // or this one
  double count = 0;                        // labels: what gradients are divided by
  uint64_t rows = 0;
  uint32_t steps = 0;                      // optimizer steps ever done
};

struct DeviceModel final : DeviceResource {
  static constexpr napi_type_tag tag = {0x51d27be09a3c46f8, 0x8e0f6a4d27c1b953};
  static constexpr char what[] = "model";

  // All that is on the device; touched by its worker only, but for what never changes.
  struct Parts {
    std::variant<DecoderSpec, EncoderSpec> spec;
    std::vector<Slot> slots;
    ModelWeights weights;
    Runner runner;
    // One of them, once every slot is filled.
    std::optional<Decoder> decoder;
    std::optional<Encoder> encoder;
    Training training;
    // What slots have while adapters are merged is in `weights`; what they had, and will have, here.
    std::map<std::string, ModelWeights::Held> unmerged;
    bool merged = false;
    uint64_t exchanges = 0;  // of weights, by merging and unmerging

    Parts(DecoderSpec of, const std::shared_ptr<Backend>& backend) : slots(decoder_slots(of)), weights(backend), runner(backend) {
      spec = std::move(of);
    }
    Parts(const EncoderSpec& of, const std::shared_ptr<Backend>& backend)
        : spec(of), slots(encoder_slots(of)), weights(backend), runner(backend) {}

    // ERR_ALREADY_MERGED for what would be lost, or mean another base, once the adapters are taken out.
    void check_unmerged(const char* what) const {
      if (merged)
        fail(ErrorCode::already_merged, what, " a model with merged adapters; unmerge it first, or save it and load the folder");
    }

    // Merged weights for unmerged ones, or the reverse.
    void exchange() {
      weights.exchange(unmerged);
      merged = !merged;
      ++exchanges;
      build();
    }

    size_t weight_bytes() const {
      size_t bytes = weights.bytes();
      for (const auto& [slot, held] : unmerged) bytes += held.memory.bytes();
      return bytes;
    }

    // When every slot is filled, or another's.
    void build() {
      if (const auto* of = std::get_if<DecoderSpec>(&spec))
        decoder.emplace(*of, weights);
      else
        encoder.emplace(std::get<EncoderSpec>(spec), weights);
    }
  };
  std::shared_ptr<Parts> parts;

  Parts& filled() const {
    if (!parts || !(parts->decoder || parts->encoder))
      fail(ErrorCode::disposed, "this model has no weights: it was disposed, or never filled");
    return *parts;
  }
  const Decoder& decoder() const {
    if (!filled().decoder) fail(ErrorCode::invalid_argument, "this model is no decoder");
    return *parts->decoder;
  }
  const Encoder& encoder() const {
    if (!filled().encoder) fail(ErrorCode::invalid_argument, "this model is no encoder");
    return *parts->encoder;
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
EncoderSpec read_encoder_spec(const Napi::Value& value);

Napi::Value create_decoder(const Napi::CallbackInfo& info);  // (context, spec) -> model
Napi::Value create_encoder(const Napi::CallbackInfo& info);  // (context, spec) -> model

Napi::Value open_weights(const Napi::CallbackInfo& info);  // (paths) -> job of { handle, tensors: { name, type, shape }[] }
Napi::Value open_gguf(const Napi::CallbackInfo& info);     // (path) -> job of the same, and types: [key, type][]
Napi::Value gguf_value(const Napi::CallbackInfo& info);    // (weights, key) -> value
Napi::Value file_numbers(const Napi::CallbackInfo& info);  // (weights, tensor) -> Float32Array

Napi::Value fill_model(const Napi::CallbackInfo& info);    // (model, weights, fillings, storage to quantize to or undefined) -> job
Napi::Value init_model(const Napi::CallbackInfo& info);    // (model, seed, deviation) -> job
Napi::Value save_model(const Napi::CallbackInfo& info);    // (model, path, [slot, tensor][], dtype, { adapter, weight }[] to merge) -> job

// Their last argument is an adapter, or undefined.
Napi::Value hidden_states(const Napi::CallbackInfo& info);   // (model, ids, layer, adapter) -> job of Float32Array [T, H]
Napi::Value logits(const Napi::CallbackInfo& info);          // (model, ids, places, adapter) -> job of Float32Array [places, V]
Napi::Value loss(const Napi::CallbackInfo& info);            // (model, ids, labels, adapter) -> job of { sum, count }
// (model, { ids, offsets }, { pooling, layers, pooler }, adapter) -> job of Float32Array [rows, width]
Napi::Value encode(const Napi::CallbackInfo& info);

// (model, { task, tokens, rows, newTokens, recompute, dropout }, an adapter's sites or undefined)
//   -> { weights, training, cache, workspace }
Napi::Value estimate_decoder(const Napi::CallbackInfo& info);
// (model, { task, tokens, rows, recompute, dropout, vector, contrastive }, an adapter's sites or undefined) -> the same
Napi::Value estimate_encoder(const Napi::CallbackInfo& info);

}  // namespace xling::addon
