// The one exception type of the engine: a stable code and a message that says
// what was wrong, where, and what to do about it.
#pragma once

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace xling {

// Codes cross the device-module border as numbers: append, never reorder.
enum class ErrorCode : int32_t {
  internal = 1,
  invalid_argument,
  invalid_shape,
  invalid_dtype,
  out_of_memory,
  aborted,
  disposed,
  device_unavailable,
  device_failed,
  isa_unavailable,
  file_not_found,
  file_failed,
  disk_full,
  malformed_file,
  unsupported_file,
  weights_mismatch,
  no_labels,
  non_finite,
  already_merged,
};

inline constexpr ErrorCode last_error_code = ErrorCode::already_merged;

// "ERR_OUT_OF_MEMORY" for ErrorCode::out_of_memory; "ERR_INTERNAL" for a number that is none.
const char* error_name(ErrorCode code) noexcept;

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

// Concatenates the parts into the message: fail(code, "rms_norm: x is ", shape, " but ...").
template <class... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw Error(code, text.str());
}

}  // namespace xling
