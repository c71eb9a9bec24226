// A LoRA adapter of a model on a device: two factors for each linear layer that it adapts.
#pragma once

#include <map>

#include "core/philox.h"
#include "models/slots.h"
#include "models/trainables.h"
#include "nn/linear.h"

namespace xling {

class Adapter {
 public:
  struct Site {
    std::string slot;  // of the layer's weight, `layers.3.query`
    int64_t rank;      // R
    float scale;       // of what is added
  };

  // Factors of zeros: an adapter that adds nothing and cannot learn. `slots` are the model's. ERR_INVALID_ARGUMENT for a
  // site that is no linear layer of a block or comes twice, or a rank below 1, naming it.
  Adapter(const std::vector<Slot>& slots, std::shared_ptr<Backend> backend, const std::vector<Site>& sites);

  // A uniform in ±1/sqrt(inputs), B zero, as PEFT begins (He et al. 2015 with a = sqrt 5): it adds nothing, and can learn.
  void initialize(uint64_t seed);

  // `layers.3.query.a` [R, inputs] and `layers.3.query.b` [outputs, R], site by site.
  const std::vector<Trainables::Entry>& factors() const { return factors_; }

  const LoraLayers& frozen() const { return frozen_; }
  // What it adds to the layer with this weight; null where that is nothing.
  const LoraParameters* layer(const std::string& slot) const;

  // With gradients, which take memory from the first call on.
  const LoraLayers& training();
  Trainables* trainables() { return trainables_.get(); }  // null before the first call of training()

  size_t bytes() const { return values_.bytes(); }  // of the factors

 private:
  std::shared_ptr<Backend> backend_;
  TensorBlock values_;
  std::vector<size_t> numbers_;  // of the sites' layers
  std::map<std::string, size_t> places_;  // those numbers by slot
  std::vector<Trainables::Entry> factors_;
  LoraLayers frozen_, training_;
  std::unique_ptr<Trainables> trainables_;
};

}  // namespace xling
