#include "core/error.h"

namespace xling {

const char* error_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::internal: return "ERR_INTERNAL";
    case ErrorCode::invalid_argument: return "ERR_INVALID_ARGUMENT";
    case ErrorCode::invalid_shape: return "ERR_INVALID_SHAPE";
    case ErrorCode::invalid_dtype: return "ERR_INVALID_DTYPE";
    case ErrorCode::out_of_memory: return "ERR_OUT_OF_MEMORY";
    case ErrorCode::aborted: return "ERR_ABORTED";
    case ErrorCode::disposed: return "ERR_DISPOSED";
    case ErrorCode::device_unavailable: return "ERR_DEVICE_UNAVAILABLE";
    case ErrorCode::device_failed: return "ERR_DEVICE_FAILED";
    case ErrorCode::isa_unavailable: return "ERR_ISA_UNAVAILABLE";
  }
  return "ERR_INTERNAL";
}

}  // namespace xling
