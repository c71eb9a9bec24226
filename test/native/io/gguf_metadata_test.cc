#include <cmath>
#include <cstring>
#include <limits>

#include "check.h"
#include "io/gguf.h"
#include "io/gguf_bytes.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using namespace test;
using Type = GgufValueType;

// A file of one key, "k".
class OneKey {
 public:
  explicit OneKey(const std::string& key) : file_(folder_.put("m.gguf", gguf_bytes({key}, {}))) {}
  OneKey(Type type, const std::string& value) : OneKey(key_value("k", type, value)) {}

  const Gguf* operator->() const { return &file_; }
  const GgufValue& value() const { return file_.metadata().at("k"); }
  double number() const { return file_.number(value()); }
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    file_.texts(value(), [&](std::string_view text) { all.emplace_back(text); });
    return all;
  }

 private:
  TemporaryFolder folder_;
  Gguf file_;
};

template <class Float>
std::string float_bytes(Float number) {
  std::string out(sizeof number, '\0');
  std::memcpy(out.data(), &number, sizeof number);  // the tests run where the lowest byte comes first
  return out;
}

struct Scalar {
  Type type;
  std::string bytes;
  double number;
};

const std::vector<Scalar>& scalars() {
  static const std::vector<Scalar> all = {
      {Type::u8, "\xff"s, 255},
      {Type::u8, "\0"s, 0},
      {Type::i8, "\xff"s, -1},
      {Type::i8, "\x80"s, -128},
      {Type::i8, "\x7f"s, 127},
      {Type::u16, "\xfe\xff"s, 65534},
      {Type::i16, "\xfe\xff"s, -2},
      {Type::i16, "\x01\x02"s, 513},
      {Type::u32, "\x01\x02\x03\x84"s, 2214789633},
      {Type::i32, "\x01\x02\x03\x84"s, -2080177663},
      {Type::i32, "\xff\xff\xff\x7f"s, 2147483647},
      {Type::f32, float_bytes(-0.1f), -0.1f},
      {Type::f32, float_bytes(std::numeric_limits<float>::denorm_min()), 1.401298464324817e-45},
      {Type::f32, float_bytes(std::numeric_limits<float>::infinity()), std::numeric_limits<double>::infinity()},
      {Type::u64, u64(uint64_t{1} << 53), 9007199254740992},
      {Type::i64, u64(UINT64_MAX), -1},
      {Type::i64, u64(0 - (uint64_t{1} << 53)), -9007199254740992},
      {Type::i64, u64(uint64_t{1} << 53), 9007199254740992},
      {Type::f64, float_bytes(0.1), 0.1},
      {Type::f64, float_bytes(-1e300), -1e300},
  };
  return all;
}

TEST("gguf metadata: a number of every type, alone and among others in an array") {
  for (const auto& [type, bytes, number] : scalars()) {
    const OneKey alone(type, bytes);
    CHECK(alone.value().type == type && alone.value().item == type);
    CHECK_EQ(alone.value().count, uint64_t{1});
    CHECK_EQ(alone.value().bytes, bytes.size());
    CHECK_EQ(alone.number(), number);
    const std::string zero(bytes.size(), '\0');
    const OneKey array(key_array("k", type, {zero, bytes, zero, bytes}));
    CHECK(array.value().type == Type::array && array.value().item == type);
    CHECK_EQ(array.value().count, uint64_t{4});
    CHECK_EQ(array.value().bytes, 4 * bytes.size());
    CHECK((array->numbers(array.value()) == std::vector<double>{0, number, 0, number}));
  }
  CHECK(std::isnan(OneKey(Type::f32, u32(0x7fc00000)).number()));
  CHECK(std::isnan(OneKey(Type::f64, u64(0x7ff8000000000000)).number()));
}

TEST("gguf metadata: booleans") {
  const OneKey yes(Type::boolean, "\1"), no(Type::boolean, "\0"s);
  CHECK(yes->boolean(yes.value()) && !no->boolean(no.value()));
  const OneKey array(key_array("k", Type::boolean, {"\1", "\0"s, "\1"}));
  CHECK((array->numbers(array.value()) == std::vector<double>{1, 0, 1}));
}

TEST("gguf metadata: strings of any length and characters, alone and in an array") {
  const std::vector<std::string> texts = {"", "a", "h\xc3\xa4\xf0\x9f\x98\x80", "nul\0in it"s, std::string(100000, 'x')};
  std::vector<std::string> items;
  for (const auto& text : texts) {
    items.push_back(counted(text));
    const OneKey alone(Type::string, counted(text));
    CHECK_EQ(alone.value().bytes, 8 + text.size());
    CHECK(alone->text(alone.value()) == text);
  }
  const OneKey array(key_array("k", Type::string, items));
  CHECK_EQ(array.value().count, texts.size());
  CHECK(array.texts() == texts);
}

TEST("gguf metadata: arrays of nothing, of any type") {
  for (uint32_t number = 0; number < gguf_value_type_count; ++number) {
    const auto item = static_cast<Type>(number);
    if (item == Type::array) continue;
    const OneKey array(key_array("k", item, {}));
    CHECK(array.value().count == 0 && array.value().bytes == 0 && array.value().item == item);
    CHECK(item == Type::string ? array.texts().empty() : array->numbers(array.value()).empty());
  }
}

TEST("gguf metadata: every key, with its value where it stands") {
  const TemporaryFolder folder;
  const std::string longest(65535, 'k');
  const std::string bytes =
      gguf_bytes({key_value("b", Type::u8, "\7"), key_value(longest, Type::string, counted("long")),
                  key_array("a", Type::u16, {u16(1), u16(2)}), key_value("h\xc3\xa4", Type::f32, float_bytes(1.5f))},
                 {tensor_entry("b", {1}, 24, 0)}, "x");
  const Gguf file(folder.put("m.gguf", bytes));
  CHECK_EQ(file.metadata().size(), size_t{4});
  CHECK_EQ(file.number(file.metadata().at("b")), 7.0);
  CHECK_EQ(file.metadata().at("b").offset, size_t{24 + 8 + 1 + 4});
  CHECK(file.text(file.metadata().at(longest)) == "long");
  CHECK((file.numbers(file.metadata().at("a")) == std::vector<double>{1, 2}));
  CHECK_EQ(file.number(file.metadata().at("h\xc3\xa4")), 1.5);
}

TEST("gguf metadata: whole numbers that a double may not hold are refused, not rounded") {
  const std::string above = u64((uint64_t{1} << 53) + 1), below = u64(0 - (uint64_t{1} << 53) - 1);
  CHECK_THROWS(ErrorCode::unsupported_file, "m.gguf: byte 37, key \"k\": is 9007199254740993, beyond 2^53",
               OneKey(Type::u64, above).number());
  CHECK_THROWS(ErrorCode::unsupported_file, "is 18446744073709551615, beyond 2^53",
               OneKey(Type::u64, u64(UINT64_MAX)).number());
  CHECK_THROWS(ErrorCode::unsupported_file, "is 9007199254740993, beyond 2^53", OneKey(Type::i64, above).number());
  CHECK_THROWS(ErrorCode::unsupported_file, "is -9007199254740993, beyond 2^53", OneKey(Type::i64, below).number());
  const OneKey array(key_array("k", Type::i64, {u64(1), u64(2), below}));
  CHECK_THROWS(ErrorCode::unsupported_file, "byte 65, key \"k\"[2]: is -9007199254740993", array->numbers(array.value()));
}

TEST("gguf metadata: a string that is not UTF-8 is refused when it is asked for, with its byte, key and item") {
  const OneKey alone(Type::string, counted("ab\xff"));
  CHECK_THROWS(ErrorCode::malformed_file,
               "m.gguf: byte 47, key \"k\": the string is not UTF-8; the file is damaged or incomplete: download",
               alone->text(alone.value()));
  const OneKey array(key_array("k", Type::string, {counted("ab"), counted("c\xc3"), counted("d")}));
  CHECK_THROWS(ErrorCode::malformed_file, "byte 68, key \"k\"[1]: the string is not UTF-8", array.texts());
  // What is not asked for does no harm.
  CHECK_EQ(array.value().count, uint64_t{3});
}

TEST("gguf metadata: a value asked for as another type is an error that says which it has") {
  const OneKey number(Type::u32, u32(7)), boolean(Type::boolean, "\1"), text(Type::string, counted("7")),
      numbers(key_array("k", Type::u32, {u32(7)})), texts(key_array("k", Type::string, {counted("7")}));
  const std::vector<std::pair<const OneKey*, std::string>> all = {{&number, "of type u32"},
                                                                  {&boolean, "of type bool"},
                                                                  {&text, "of type string"},
                                                                  {&numbers, "an array of type u32"},
                                                                  {&texts, "an array of type string"}};
  for (const auto& [key, type] : all) {
    const auto refused_by = [&, one = key, is = type](const OneKey& other, const char* wanted, const auto& call) {
      if (one == &other) return;
      CHECK_THROWS(ErrorCode::invalid_argument, "m.gguf: key \"k\" is " + is + ", not " + wanted + "; look", call(*one));
    };
    refused_by(number, "a number", [](const OneKey& k) { k.number(); });
    refused_by(boolean, "a boolean", [](const OneKey& k) { k->boolean(k.value()); });
    refused_by(text, "a string", [](const OneKey& k) { k->text(k.value()); });
    refused_by(numbers, "an array of numbers", [](const OneKey& k) { k->numbers(k.value()); });
    refused_by(texts, "an array of strings", [](const OneKey& k) { k.texts(); });
  }
}

TEST("gguf metadata: an error thrown for an item ends the walk") {
  const OneKey array(key_array("k", Type::string, {counted("a"), counted("b"), counted("c")}));
  int calls = 0;
  CHECK_THROWS(ErrorCode::aborted, "enough", array->texts(array.value(), [&](std::string_view) {
    if (++calls == 2) fail(ErrorCode::aborted, "enough");
  }));
  CHECK_EQ(calls, 2);
}

}  // namespace
