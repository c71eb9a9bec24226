// Numbers of a model that begins from nothing.
#pragma once

#include <vector>

#include "core/philox.h"
#include "models/slots.h"

namespace xling {

// How a model begins.
struct InitialNumbers {
  float deviation;  // of matrices, normal around 0
  float gain = 1;   // of norms, as it is stored
};

// Row by row; biases are 0. The stream should differ from slot to slot.
std::vector<float> initial_numbers(const Slot& slot, const StreamId& stream, const InitialNumbers& how);

}  // namespace xling
