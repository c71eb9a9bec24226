// Numbers of any storage as f32.
#pragma once

#include <memory>

#include "backend/buffer.h"

namespace xling {

// `bytes` are those of a matrix of this shape and storage, on the host; its numbers as f32 in rows, on the device.
Buffer widened(const std::shared_ptr<Backend>& backend, const Weight& matrix, const void* bytes);

}  // namespace xling
