// The places that a model has for tensors.
#pragma once

#include <string>
#include <vector>

#include "core/shape.h"

namespace xling {

struct Slot {
  std::string name;  // `embedding`, `layers.3.query`, `layers.3.query.bias`, `norm`, `head`
  Shape shape;       // a matrix [outputs, inputs], or a vector
};

// The linear layers of a model's blocks, in the order of their numbers: what adapters can add to.
std::vector<Slot> linear_layers(const std::vector<Slot>& slots);

}  // namespace xling
