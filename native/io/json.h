// A strict reader of JSON (RFC 8259) that hands values to its caller as it meets
// them and keeps none: memory stays in proportion to what the caller keeps.
//
//   JsonReader json({text, "sizes.json", 0, "correct it"});
//   json.object([&](const std::string& key) { sizes[key] = json.whole_number(); });
//   json.end();
//
// Stricter than most: a key that stands twice in an object is an error, because
// readers disagree about which of the two counts. Every error is
// ERR_MALFORMED_FILE and names the file, the byte and the keys that lead there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace xling {

struct JsonText {
  std::string_view text;
  std::string file;    // named in errors
  size_t first_byte;   // of the text in that file
  std::string advice;  // what to do about an error; closes its message
};

class JsonReader {
 public:
  // Keeps a caller that reads values within values from using up its stack.
  static constexpr size_t max_depth = 64;

  // Fails if the text is not UTF-8 throughout.
  explicit JsonReader(JsonText source);

  // Calls `member` with each key; it must read that key's value.
  void object(const std::function<void(const std::string& key)>& member);
  // Calls `item` before each value; it must read it.
  void array(const std::function<void()>& item);
  std::string string();
  // 0 to 2^63 - 1, written without sign, fraction or exponent.
  int64_t whole_number();
  // Nothing but white space may follow.
  void end();

  // Where the next value stands in the text, for fail_at().
  size_t next();

  template <class... Parts>
  [[noreturn]] void fail_at(size_t at, const Parts&... parts) const {
    std::ostringstream what;
    (what << ... << parts);
    fail_with(at, what.str());
  }

 private:
  [[noreturn]] void fail_with(size_t at, const std::string& what) const;
  std::string found() const;
  bool stands(char wanted) const;
  void expect(char wanted, const char* called);
  void open(char bracket, const char* called);
  bool close(char bracket, bool first);
  char32_t hex4(size_t escape);
  char32_t surrogate_pair(char32_t high, size_t escape);
  void escape(std::string& out);

  JsonText source_;
  std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  std::vector<std::string> keys_;  // that lead to the value being read
};

}  // namespace xling
