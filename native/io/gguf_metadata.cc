#include "io/gguf_metadata.h"

#include "io/gguf_name.h"
#include "io/shown.h"

namespace xling {

namespace {

GgufValueType read_type(GgufCursor& cursor, const char* what) {
  const size_t at = cursor.at();
  const uint32_t number = cursor.u32(what);
  if (number >= gguf_value_type_count)
    cursor.fail_at(at, what, " is ", number, ", and there are only 0 to ", gguf_value_type_count - 1);
  return static_cast<GgufValueType>(number);
}

// `bytes` are values of that type, and end here.
void check_booleans(const GgufCursor& cursor, GgufValueType type, std::string_view bytes) {
  if (type != GgufValueType::boolean) return;
  const size_t bad = bytes.find_first_not_of(std::string_view("\0\1", 2));
  if (bad != std::string_view::npos)
    cursor.fail_at(cursor.at() - bytes.size() + bad, "a boolean must be 0 or 1, not ", bytes[bad] & 0xff);
}

void skip_scalar(GgufCursor& cursor, GgufValueType type) {
  if (type == GgufValueType::string)
    cursor.string("the string");
  else
    check_booleans(cursor, type, cursor.take(bytes_of(type), "the value"));
}

// More items than there are bytes for are refused before the first.
void skip_items(GgufCursor& cursor, GgufValueType type, uint64_t count) {
  const bool strings = type == GgufValueType::string;
  const size_t least = strings ? 8 : bytes_of(type);
  if (count > cursor.left() / least)
    cursor.fail_at(cursor.at(), "there should be ", count, " items of ", strings ? "at least " : "", least,
                   " bytes, but the file ends ", cursor.left(), " bytes further");
  if (!strings) return check_booleans(cursor, type, cursor.take(count * least, "the items"));
  for (uint64_t i = 0; i < count; ++i) {
    cursor.within_item(i);
    cursor.string("the string");
  }
}

GgufValue read_value(GgufCursor& cursor) {
  GgufValue value;
  value.type = value.item = read_type(cursor, "the value's type");
  if (value.type != GgufValueType::array) {
    value.offset = cursor.at();
    skip_scalar(cursor, value.type);
  } else {
    const size_t at = cursor.at();
    value.item = read_type(cursor, "the items' type");
    if (value.item == GgufValueType::array)
      cursor.refuse_at(at, ErrorCode::unsupported_file,
                       "is an array of arrays, which no model needs; convert the model again without this key");
    value.count = cursor.u64("the number of items");
    value.offset = cursor.at();
    skip_items(cursor, value.item, value.count);
  }
  value.bytes = cursor.at() - value.offset;
  return value;
}

}  // namespace

std::map<std::string, GgufValue> read_gguf_metadata(GgufCursor& cursor, uint64_t count) {
  std::map<std::string, GgufValue> all;
  for (uint64_t i = 1; i <= count; ++i) {
    const size_t at = cursor.at();
    cursor.within("key " + std::to_string(i) + " of " + std::to_string(count));
    const std::string key(read_gguf_name(cursor, "the key"));
    cursor.within("key " + shown(key));
    if (all.count(key)) cursor.fail_at(at, "the key stands twice");
    all.emplace(key, read_value(cursor));
  }
  cursor.within("");
  return all;
}

}  // namespace xling
