#include "io/gguf_cursor.h"

#include "io/little_endian.h"
#include "io/utf8.h"

namespace xling {

void GgufCursor::within(std::string part) {
  part_ = std::move(part);
  item_.reset();
}

std::string_view GgufCursor::take(uint64_t count, const char* what) {
  if (count > left()) fail_at(at_, what, " should be ", count, " bytes, but the file ends at byte ", bytes_.size());
  const std::string_view taken = bytes_.substr(at_, count);
  at_ += count;
  return taken;
}

uint32_t GgufCursor::u32(const char* what) { return static_cast<uint32_t>(little_endian(take(4, what))); }

uint64_t GgufCursor::u64(const char* what) { return little_endian(take(8, what)); }

std::string_view GgufCursor::string(const char* what) {
  const uint64_t length = u64("a string's length");
  return take(length, what);
}

void GgufCursor::check_utf8(std::string_view text, const char* what) const {
  const size_t valid = utf8_valid_until(text);
  if (valid < text.size()) fail_at(at_ - text.size() + valid, what, " is not UTF-8");
}

std::string GgufCursor::place(size_t at) const {
  std::string out = file_ + ": byte " + std::to_string(at);
  if (!part_.empty()) out += ", " + part_;
  if (item_) out += '[' + std::to_string(*item_) + ']';
  return out + ": ";
}

}  // namespace xling
