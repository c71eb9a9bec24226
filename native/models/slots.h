// The tensors that a model of some spec has.
#pragma once

#include <iterator>
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

// The linear layers of a block, in the order of their numbers: what adapters can add to.
inline constexpr const char* block_linear_layers[] = {"query", "key", "value", "output", "gate", "up", "down"};
inline constexpr size_t linear_layers_per_block = std::size(block_linear_layers);

}  // namespace xling
