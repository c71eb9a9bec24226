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
    case ErrorCode::file_not_found: return "ERR_FILE_NOT_FOUND";
    case ErrorCode::file_failed: return "ERR_FILE_FAILED";
    case ErrorCode::disk_full: return "ERR_DISK_FULL";
    case ErrorCode::malformed_file: return "ERR_MALFORMED_FILE";
    case ErrorCode::unsupported_file: return "ERR_UNSUPPORTED_FILE";
    case ErrorCode::weights_mismatch: return "ERR_WEIGHTS_MISMATCH";
    case ErrorCode::no_labels: return "ERR_NO_LABELS";
    case ErrorCode::non_finite: return "ERR_NON_FINITE";
    case ErrorCode::already_merged: return "ERR_ALREADY_MERGED";
  }
  return "ERR_INTERNAL";
}

}  // namespace xling
