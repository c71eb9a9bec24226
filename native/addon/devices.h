// The devices of this build.
#pragma once

#include <string>

#include "backend/registry.h"

namespace xling::addon {

Registry& devices();

// Where a CUDA module is looked for: beside the addon itself.
std::string cuda_module_path();

}  // namespace xling::addon
