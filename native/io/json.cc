#include "io/json.h"

#include <limits>
#include <set>

#include "core/error.h"
#include "io/shown.h"
#include "io/utf8.h"

namespace xling {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string hex2(char c) {
  constexpr char digits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

}  // namespace

JsonReader::JsonReader(JsonText source) : source_(std::move(source)), text_(source_.text) {
  const size_t valid = utf8_valid_until(text_);
  if (valid < text_.size()) fail_at(valid, "the text is not UTF-8 (byte ", hex2(text_[valid]), ")");
}

void JsonReader::object(const std::function<void(const std::string& key)>& member) {
  open('{', "an object");
  std::set<std::string> seen;  // ordered: no file can make its keys collide
  for (bool first = true; !close('}', first); first = false) {
    const size_t at = next();
    const std::string key = string();
    if (!seen.insert(key).second) fail_at(at, "the key ", shown(key), " stands twice in one object");
    next();
    expect(':', "':' after a key");
    keys_.push_back(key);
    member(key);
    keys_.pop_back();
  }
}

void JsonReader::array(const std::function<void()>& item) {
  open('[', "an array");
  for (bool first = true; !close(']', first); first = false) item();
}

std::string JsonReader::string() {
  const size_t begin = next();
  expect('"', "a string");
  std::string out;
  for (;;) {
    if (at_ == text_.size()) fail_at(begin, "a string that begins here does not end");
    const char c = text_[at_];
    if (static_cast<unsigned char>(c) < 0x20)
      fail_at(at_, "the control character ", hex2(c), " stands in a string; it must be escaped");
    ++at_;
    if (c == '"') return out;
    if (c == '\\')
      escape(out);
    else
      out += c;
  }
}

int64_t JsonReader::whole_number() {
  const size_t begin = next();
  if (stands('-')) fail_at(begin, "a number must not be negative");
  if (at_ == text_.size() || !is_digit(text_[at_])) fail_at(begin, "a whole number must stand here, not ", found());
  constexpr int64_t largest = std::numeric_limits<int64_t>::max();
  int64_t value = 0;
  for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
    const int digit = text_[at_] - '0';
    if (value > (largest - digit) / 10) fail_at(begin, "a number is above ", largest);
    value = 10 * value + digit;
  }
  if (text_[begin] == '0' && at_ - begin > 1) fail_at(begin, "a number must not begin with 0");
  if (stands('.') || stands('e') || stands('E')) fail_at(begin, "a number must be whole, without fraction or exponent");
  return value;
}

void JsonReader::end() {
  if (next() < text_.size()) fail_at(at_, "the text must end here, but there is ", found());
}

size_t JsonReader::next() {
  while (stands(' ') || stands('\n') || stands('\r') || stands('\t')) ++at_;
  return at_;
}

void JsonReader::fail_with(size_t at, const std::string& what) const {
  std::string keys;
  for (const auto& key : keys_) keys += (keys.empty() ? ", in " : " ") + shown(key);
  fail(ErrorCode::malformed_file, source_.file, ": byte ", source_.first_byte + at, keys, ": ", what, "; ", source_.advice);
}

std::string JsonReader::found() const {
  if (at_ == text_.size()) return "the end";
  const char c = text_[at_];
  return c > 0x20 && c < 0x7f ? std::string{'\'', c, '\''} : hex2(c);
}

bool JsonReader::stands(char wanted) const { return at_ < text_.size() && text_[at_] == wanted; }

void JsonReader::expect(char wanted, const char* called) {
  if (!stands(wanted)) fail_at(at_, called, " must stand here, not ", found());
  ++at_;
}

void JsonReader::open(char bracket, const char* called) {
  next();
  expect(bracket, called);
  if (++depth_ > max_depth) fail_at(at_ - 1, "values lie more than ", size_t{max_depth}, " deep in one another");
}

// Steps over the closing bracket, or over the comma that must stand before every value but the first.
bool JsonReader::close(char bracket, bool first) {
  next();
  if (stands(bracket)) {
    ++at_;
    --depth_;
    return true;
  }
  if (!first) expect(',', bracket == '}' ? "',' or '}'" : "',' or ']'");
  return false;
}

char32_t JsonReader::hex4(size_t escape) {
  char32_t code = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const char low = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (low < 'a' || low > 'f')) fail_at(escape, "\\u must be followed by four hexadecimal digits");
    code = code << 4 | static_cast<char32_t>(is_digit(c) ? c - '0' : low - 'a' + 10);
  }
  return code;
}

char32_t JsonReader::surrogate_pair(char32_t high, size_t escape) {
  char32_t low = 0;
  if (text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    low = hex4(at_ - 2);
  }
  if (low < 0xdc00 || low > 0xdfff) fail_at(escape, "a surrogate stands alone, which is no character");
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

// After the backslash.
void JsonReader::escape(std::string& out) {
  const size_t begin = at_ - 1;
  const char kind = at_ < text_.size() ? text_[at_] : '\0';
  constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  const size_t simple = letters.find(kind);
  if (simple != std::string_view::npos) {
    ++at_;
    out += meanings[simple];
    return;
  }
  if (kind != 'u') fail_at(begin, "there is no escape of a backslash and ", found());
  ++at_;
  char32_t code = hex4(begin);
  if (code >= 0xdc00 && code <= 0xdfff) fail_at(begin, "a surrogate stands alone, which is no character");
  if (code >= 0xd800 && code <= 0xdbff) code = surrogate_pair(code, begin);
  append_utf8(out, code);
}

}  // namespace xling
