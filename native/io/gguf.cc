#include "io/gguf.h"

#include "io/gguf_type.h"
#include "io/little_endian.h"
#include "io/shown.h"

namespace xling {

namespace {

using Type = GgufValueType;

std::string_view bytes_until(const MappedFile& file, size_t end, const std::string& what) {
  return {reinterpret_cast<const char*>(file.span(0, end, what)), end};
}

bool is_number(Type type) { return type != Type::boolean && type != Type::string && type != Type::array; }

// Also 0 or 1 of a boolean.
double next_number(GgufCursor& cursor, Type type) {
  const size_t at = cursor.at();
  const uint64_t bits = little_endian(cursor.take(bytes_of(type), "the number"));
  const auto number = exact_number(type, bits);
  if (!number)
    cursor.refuse_at(at, ErrorCode::unsupported_file, "is ",
                     type == Type::i64 ? std::to_string(static_cast<int64_t>(bits)) : std::to_string(bits),
                     ", beyond 2^53, where a double does not hold every number; convert the model again without it");
  return *number;
}

std::string_view next_text(GgufCursor& cursor) {
  const std::string_view text = cursor.string("the string");
  cursor.check_utf8(text, "the string");
  return text;
}

}  // namespace

// Neither argument is a copy, so the header is read from the file before that is moved.
Gguf::Gguf(MappedFile&& file)
    : Gguf(std::move(file), read_gguf_header(bytes_until(file, file.bytes(), "its header"), file.path())) {}

Gguf::Gguf(MappedFile&& file, GgufHeader&& header)
    : TensorFile(std::move(file), std::move(header.tensors), "quantise the model again, to one of " + gguf_types_read()),
      metadata_(std::move(header.metadata)),
      alignment_(header.alignment) {}

double Gguf::number(const GgufValue& value) const {
  GgufCursor cursor = cursor_at(value, is_number(value.type), "a number");
  return next_number(cursor, value.type);
}

bool Gguf::boolean(const GgufValue& value) const {
  GgufCursor cursor = cursor_at(value, value.type == Type::boolean, "a boolean");
  return next_number(cursor, value.type) != 0;
}

std::string_view Gguf::text(const GgufValue& value) const {
  GgufCursor cursor = cursor_at(value, value.type == Type::string, "a string");
  return next_text(cursor);
}

std::vector<double> Gguf::numbers(const GgufValue& value) const {
  GgufCursor cursor = cursor_at(value, value.type == Type::array && bytes_of(value.item) > 0, "an array of numbers");
  std::vector<double> all(value.bytes / bytes_of(value.item));
  for (size_t i = 0; i < all.size(); ++i) {
    cursor.within_item(i);
    all[i] = next_number(cursor, value.item);
  }
  return all;
}

void Gguf::texts(const GgufValue& value, const std::function<void(std::string_view)>& item) const {
  GgufCursor cursor = cursor_at(value, value.type == Type::array && value.item == Type::string, "an array of strings");
  for (uint64_t i = 0; i < value.count; ++i) {
    cursor.within_item(i);
    item(next_text(cursor));
  }
}

// Where its bytes begin, with nothing behind them; `fits` says whether it is `wanted`.
GgufCursor Gguf::cursor_at(const GgufValue& value, bool fits, const char* wanted) const {
  std::string key = "a value";
  for (const auto& [name, known] : metadata_)
    if (known.offset == value.offset) key = "key " + shown(name);  // no two values begin at one byte
  if (!fits)
    fail(ErrorCode::invalid_argument, path(), ": ", key, " is ",
         value.type == Type::array ? "an array of type " : "of type ", name_of(value.item), ", not ", wanted,
         "; look at its type first");
  const size_t end = value.offset + value.bytes;
  GgufCursor cursor(bytes_until(file(), end, key), path(), value.offset);
  cursor.within(std::move(key));
  return cursor;
}

}  // namespace xling
