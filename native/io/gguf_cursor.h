// A place in a GGUF file that moves on as its bytes are read, never beyond their
// end, and that says in every error where it stands and what it was reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace xling {

// What a damaged file's error tells its reader to do.
inline constexpr char gguf_advice[] = "the file is damaged or incomplete: download or convert it again";

class GgufCursor {
 public:
  // `bytes` are those of `file` from its first one on; reading begins at `at`, which is within them.
  GgufCursor(std::string_view bytes, std::string file, size_t at) : bytes_(bytes), file_(std::move(file)), at_(at) {}

  size_t at() const noexcept { return at_; }
  size_t left() const noexcept { return bytes_.size() - at_; }

  // What is being read from here on, for errors: `key "a"`, and of an array its items, counted from 0.
  void within(std::string part);
  void within_item(uint64_t index) noexcept { item_ = index; }

  // The next `count` bytes, which are `what`: ERR_MALFORMED_FILE if the file ends before.
  std::string_view take(uint64_t count, const char* what);
  uint32_t u32(const char* what);
  uint64_t u64(const char* what);
  // A string, as GGUF has it: its length in a u64, then as many bytes, of any values.
  std::string_view string(const char* what);

  // ERR_MALFORMED_FILE, naming the byte, if `text`, which ends here, is not UTF-8.
  void check_utf8(std::string_view text, const char* what) const;

  // ERR_MALFORMED_FILE, closed by gguf_advice.
  template <class... Parts>
  [[noreturn]] void fail_at(size_t at, const Parts&... parts) const {
    fail(ErrorCode::malformed_file, place(at), parts..., "; ", gguf_advice);
  }
  // An error whose parts say themselves what to do.
  template <class... Parts>
  [[noreturn]] void refuse_at(size_t at, ErrorCode code, const Parts&... parts) const {
    fail(code, place(at), parts...);
  }

 private:
  std::string place(size_t at) const;

  std::string_view bytes_;
  std::string file_, part_;
  std::optional<uint64_t> item_;
  size_t at_;
};

}  // namespace xling
