// The tensors that a model of some spec has.
#pragma once

#include <string>
#include <vector>

#include "models/decoder_spec.h"

namespace xling {

struct Slot {
  std::string name;  // `embedding`, `layers.3.query`, `layers.3.query.bias`, `norm`, `head`
  Shape shape;       // a matrix [outputs, inputs], or a vector
};

// From the embedding up.
std::vector<Slot> decoder_slots(const DecoderSpec& spec);

}  // namespace xling
