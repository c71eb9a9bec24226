// Numbers of a model that begins from nothing.
#pragma once

#include <vector>

#include "core/philox.h"
#include "models/slots.h"

namespace xling {

// Row by row: matrices normal around 0 with this standard deviation, gains 1 (stored minus the
// spec's offset), biases 0. The stream should differ from slot to slot.
std::vector<float> initial_numbers(const DecoderSpec& spec, const Slot& slot, const StreamId& stream, float deviation);

}  // namespace xling
