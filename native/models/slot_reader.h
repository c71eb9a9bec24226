// A model's slots as layers take them.
#pragma once

#include <map>

#include "models/model_weights.h"
#include "models/trainables.h"
#include "nn/linear.h"

namespace xling {

class SlotReader {
 public:
  // What trains has its gradients in `trainables`, under its slot's name; null: nothing trains.
  SlotReader(const std::vector<Slot>& slots, const ModelWeights& weights, const Trainables* trainables)
      : weights_(weights), trainables_(trainables) {
    for (const Slot& layer : linear_layers(slots)) numbers_.emplace(layer.name, numbers_.size());
  }

  LinearParameters linear(const std::string& name) const {
    const std::string bias = name + ".bias";
    return {weights_.matrix(name), gradient(name), weights_.has(bias) ? parameter(bias) : Parameter{}};
  }
  // One of a block.
  LinearLayer layer(const std::string& name) const { return {linear(name), numbers_.at(name)}; }
  Parameter parameter(const std::string& name) const { return {weights_.vector(name), gradient(name)}; }
  // How many layers adapters can add to.
  size_t layers() const { return numbers_.size(); }

 private:
  Tensor gradient(const std::string& slot) const { return trainables_ ? trainables_->gradient(slot) : Tensor{}; }

  const ModelWeights& weights_;
  const Trainables* trainables_;
  std::map<std::string, size_t> numbers_;
};

}  // namespace xling
