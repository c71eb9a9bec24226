// Which instruction sets this processor runs, and which one we use.
#pragma once

#include <string>
#include <vector>

#include "cpu/simd/loops.h"

namespace xling {

// Those this build has and this processor runs, the widest first; never empty.
std::vector<const simd::Loops*> runnable_isas();

// The widest one, or the one that XLING_ISA names; ERR_ISA_UNAVAILABLE if this
// machine does not run it.
const simd::Loops& chosen_isa();

}  // namespace xling
