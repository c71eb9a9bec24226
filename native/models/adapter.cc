#include "models/adapter.h"

#include <cmath>

namespace xling {

Adapter::Adapter(const std::vector<Slot>& slots, std::shared_ptr<Backend> backend, const std::vector<Site>& sites)
    : backend_(std::move(backend)) {
  const auto layers = linear_layers(slots);
  frozen_.resize(layers.size());
  std::map<std::string, size_t> places;
  for (size_t number = 0; number < layers.size(); ++number) places[layers[number].name] = number;
  std::vector<Shape> shapes;
  for (const Site& site : sites) {
    if (site.rank < 1) fail(ErrorCode::invalid_argument, "an adapter's rank at ", site.slot, " is ", site.rank, " but must be 1 or more");
    const auto place = places.find(site.slot);
    if (place == places.end()) fail(ErrorCode::invalid_argument, "an adapter cannot adapt '", site.slot, "': it is no linear layer of a block");
    const size_t number = place->second;
    const Shape& shape = layers[number].shape;
    if (frozen_[number]) fail(ErrorCode::invalid_argument, "an adapter has ", site.slot, " twice");
    frozen_[number] = LoraParameters{{}, {}, site.scale};
    numbers_.push_back(number);
    places_[site.slot] = number;
    shapes.insert(shapes.end(), {{site.rank, shape[1]}, {shape[0], site.rank}});
  }
  values_ = TensorBlock(backend_, shapes);
  for (size_t i = 0; i < sites.size(); ++i) {
    factors_.push_back({sites[i].slot + ".a", values_[2 * i]});
    factors_.push_back({sites[i].slot + ".b", values_[2 * i + 1]});
    LoraParameters& layer = *frozen_[numbers_[i]];
    layer.a.value = values_[2 * i], layer.b.value = values_[2 * i + 1];
  }
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

const LoraParameters* Adapter::layer(const std::string& slot) const {
  const auto found = places_.find(slot);
  return found == places_.end() ? nullptr : &*frozen_[found->second];
}

const LoraLayers& Adapter::training() {
  if (trainables_) return training_;
  trainables_ = std::make_unique<Trainables>(backend_, factors_);
  training_ = frozen_;
  for (size_t i = 0; i < numbers_.size(); ++i) {
    LoraParameters& layer = *training_[numbers_[i]];
    layer.a.grad = trainables_->gradient(2 * i), layer.b.grad = trainables_->gradient(2 * i + 1);
  }
  return training_;
}

}  // namespace xling
