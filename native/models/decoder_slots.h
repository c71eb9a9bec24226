// The tensors that a decoder of some spec has.
#pragma once

#include "models/decoder_spec.h"
#include "models/slots.h"

namespace xling {

// From the embedding up.
std::vector<Slot> decoder_slots(const DecoderSpec& spec);

}  // namespace xling
