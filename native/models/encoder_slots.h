// The tensors that an encoder of some spec has.
#pragma once

#include "models/encoder_spec.h"
#include "models/slots.h"

namespace xling {

// From the embedding up.
std::vector<Slot> encoder_slots(const EncoderSpec& spec);

}  // namespace xling
