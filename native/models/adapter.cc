#include "models/adapter.h"

#include <cmath>

#include "models/slots.h"

namespace xling {

namespace {

// A linear layer that can be adapted.
struct Place {
  size_t number;
  Shape shape;  // [outputs, inputs]
};

Place place_of(const DecoderSpec& spec, const std::string& slot) {
  size_t number = 0;
  const auto slots = decoder_slots(spec);
  for (size_t layer = 0; layer < spec.layers.size(); ++layer)
    for (const char* name : block_linear_layers) {
      if (slot == "layers." + std::to_string(layer) + "." + name)
        for (const Slot& one : slots)
          if (one.name == slot) return {number, one.shape};
      ++number;
    }
  fail(ErrorCode::invalid_argument, "an adapter cannot adapt '", slot, "': it is no linear layer of a block");
}

}  // namespace

Adapter::Adapter(const DecoderSpec& spec, std::shared_ptr<Backend> backend, const std::vector<Site>& sites)
    : backend_(std::move(backend)), frozen_(spec.layers.size() * linear_layers_per_block) {
  size_t bytes = 0;
  std::vector<size_t> offsets;
  const auto add = [&](const std::string& name, const Shape& shape) {
    factors_.push_back({name, {nullptr, shape, DType::f32}});
    offsets.push_back(bytes);
    bytes = checked_add(bytes, checked_round_up(factors_.back().value.bytes(), Arena::alignment, "adapter"), "adapter");
  };
  std::vector<size_t> numbers;
  for (const Site& site : sites) {
    if (site.rank < 1) fail(ErrorCode::invalid_argument, "an adapter's rank at ", site.slot, " is ", site.rank, " but must be 1 or more");
    const Place place = place_of(spec, site.slot);
    for (const size_t other : numbers)
      if (other == place.number) fail(ErrorCode::invalid_argument, "an adapter has ", site.slot, " twice");
    numbers.push_back(place.number);
    add(site.slot + ".a", {site.rank, place.shape[1]});
    add(site.slot + ".b", {place.shape[0], site.rank});
  }
  memory_ = Buffer(backend_, bytes);
  backend_->zero(memory_.data(), bytes);
  for (size_t i = 0; i < factors_.size(); ++i) factors_[i].value.data = static_cast<char*>(memory_.data()) + offsets[i];
  for (size_t i = 0; i < sites.size(); ++i)
    frozen_[numbers[i]] = {{factors_[2 * i].value, {}}, {factors_[2 * i + 1].value, {}}, sites[i].scale};
}

void Adapter::initialize(uint64_t seed) {
  for (size_t i = 0; i < factors_.size(); i += 2) {
    const Tensor& a = factors_[i].value;
    const float bound = 1 / std::sqrt(static_cast<float>(a.shape[1]));
    const RandomStream stream({seed, RandomPurpose::init, static_cast<uint32_t>(i)});
    std::vector<float> numbers(a.shape.numel());
    for (size_t at = 0; at < numbers.size(); ++at)
      numbers[at] = bound * (2 * uniform(stream.words(static_cast<uint32_t>(at >> 34), static_cast<uint32_t>(at >> 2))[at % 4]) - 1);
    backend_->write(a.data, numbers.data(), a.bytes());
  }
}

const LoraLayers& Adapter::training() {
  if (trainables_) return training_;
  trainables_ = std::make_unique<Trainables>(backend_, factors_);
  training_ = frozen_;
  for (auto& layer : training_)
    if (layer)
      for (Parameter* factor : {&layer->a, &layer->b})
        for (size_t i = 0; i < factors_.size(); ++i)
          if (factors_[i].value.data == factor->value.data) factor->grad = trainables_->gradient(i);
  return training_;
}

}  // namespace xling
