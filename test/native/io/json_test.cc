#include "io/json.h"

#include "check.h"

namespace {

using namespace xling;
using namespace std::string_literals;

JsonReader reader(std::string_view text) { return JsonReader({text, "f.json", 100, "mend it"}); }

std::string string_in(const std::string& text) {
  JsonReader json = reader(text);
  std::string value = json.string();
  json.end();
  return value;
}

int64_t number_in(const std::string& text) {
  JsonReader json = reader(text);
  const int64_t value = json.whole_number();
  json.end();
  return value;
}

// Arrays within arrays, to any depth: what a caller must not be led into.
void nested(JsonReader& json) {
  json.array([&] { nested(json); });
}

TEST("json: values come in order, white space or none around them") {
  const std::string tight = R"({"a":[1,20,300],"b":{},"":[],"c":{"d":"e"}})";
  std::string spread;
  for (const char c : tight) {
    if (c == '"' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'e')) {
      spread += c;
    } else {
      spread += std::string(" \n\t\r") + c + " \n\t\r";
    }
  }
  for (const auto& text : {tight, spread}) {
    JsonReader json = reader(text);
    std::string seen;
    json.object([&](const std::string& key) {
      seen += key + "=";
      if (key == "a" || key.empty())
        json.array([&] { seen += std::to_string(json.whole_number()) + ";"; });
      else
        json.object([&](const std::string& inner) { seen += inner + ":" + json.string(); });
      seen += " ";
    });
    json.end();
    CHECK_EQ(seen, "a=1;20;300; b= = c=d:e "s);
  }
}

TEST("json: every escape means its character") {
  CHECK_EQ(string_in(R"("")"), ""s);
  CHECK_EQ(string_in(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t"s);
  CHECK_EQ(string_in(R"("\u0041\u00e4\u20AC\uFfFf")"), "A\xc3\xa4\xe2\x82\xac\xef\xbf\xbf"s);
  CHECK_EQ(string_in(R"("\ud83d\ude00 \ud800\udc00 \udbff\udfff")"), "\xf0\x9f\x98\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"s);
  CHECK_EQ(string_in(R"("\u0000")"), std::string(1, '\0'));
  CHECK_EQ(string_in("\"\x7f \xc3\xa4 \xf0\x9f\x98\x80\""), "\x7f \xc3\xa4 \xf0\x9f\x98\x80"s);
}

TEST("json: whole numbers up to 2^63 - 1") {
  CHECK_EQ(number_in("0"), int64_t{0});
  CHECK_EQ(number_in(" 7 "), int64_t{7});
  CHECK_EQ(number_in("1000000007"), int64_t{1000000007});
  CHECK_EQ(number_in("9223372036854775807"), INT64_MAX);
  CHECK_THROWS(ErrorCode::malformed_file, "above 9223372036854775807", number_in("9223372036854775808"));
}

TEST("json: an error names the file, the byte in it, the keys that lead there, and what to do") {
  const std::string text = R"({"a": {"b": [1, x]}})";
  CHECK_THROWS(ErrorCode::malformed_file,
               R"(f.json: byte 116, in "a" "b": a whole number must stand here, not 'x'; mend it)",
               JsonReader json = reader(text);
               json.object([&](auto&) { json.object([&](auto&) { json.array([&] { json.whole_number(); }); }); }));
  // A key that was left leads nowhere any more.
  const std::string two = R"({"a": 1, 2})";
  CHECK_THROWS(ErrorCode::malformed_file, "f.json: byte 109: a string must stand here, not '2'",
               JsonReader json = reader(two);
               json.object([&](auto&) { json.whole_number(); }));
}

TEST("json: a value of another kind is refused where it stands") {
  for (const char* other : {"null", "true", "1", "[]", "{}", ""}) {
    CHECK_THROWS(ErrorCode::malformed_file, "byte 100: a string must stand here", string_in(other));
  }
  for (const char* other : {"null", "\"1\"", "[]", ".5", "+1", ""}) {
    CHECK_THROWS(ErrorCode::malformed_file, "byte 100: a whole number must stand here", number_in(other));
  }
  CHECK_THROWS(ErrorCode::malformed_file, "an object must stand here, not '['", reader("[]").object([](auto&) {}));
  CHECK_THROWS(ErrorCode::malformed_file, "an array must stand here, not '{'", reader("{}").array([] {}));
}

TEST("json: a caller that reads values within values is kept from using up its stack") {
  const std::string deepest = std::string(JsonReader::max_depth, '[') + std::string(JsonReader::max_depth, ']');
  JsonReader json = reader(deepest);
  nested(json);
  json.end();
  std::string siblings = "[[]";
  for (size_t i = 0; i < 2 * JsonReader::max_depth; ++i) siblings += ",[]";
  JsonReader wide = reader(siblings += "]");
  nested(wide);
  wide.end();
  const std::string bomb = std::string(100000, '[');
  JsonReader deep = reader(bomb);
  CHECK_THROWS(ErrorCode::malformed_file, "byte 164: values lie more than 64 deep", nested(deep));
}

TEST("json: a key stands once in an object, however it is spelt") {
  const auto read = [](const std::string& text) {
    JsonReader json = reader(text);
    json.object([&](auto&) { json.whole_number(); });
  };
  read(R"({"a":1,"A":2,"a ":3,"":4})");
  CHECK_THROWS(ErrorCode::malformed_file, R"(byte 107: the key "a" stands twice)", read(R"({"a":1,"a":2})"));
  CHECK_THROWS(ErrorCode::malformed_file, R"(byte 107: the key "a" stands twice)", read(R"({"a":1,"\u0061":2})"));
}

TEST("json: text that is cut anywhere is refused, and never read beyond its end") {
  const std::string whole = R"({"k":["\u00e4\ud83d\ude00\n",12],"l":{}})";
  const auto read = [](const std::string& text) {
    const std::vector<char> exact(text.begin(), text.end());  // its end is where a sanitizer watches
    JsonReader json({{exact.data(), exact.size()}, "f.json", 100, "mend it"});
    json.object([&](const std::string& key) {
      if (key == "l") return json.object([](auto&) {});
      bool first = true;
      json.array([&] {
        if (first)
          json.string();
        else
          json.whole_number();
        first = false;
      });
    });
    json.end();
  };
  read(whole);
  for (size_t length = 0; length < whole.size(); ++length) {
    CHECK_THROWS(ErrorCode::malformed_file, "f.json: byte ", read(whole.substr(0, length)));
  }
}

}  // namespace
