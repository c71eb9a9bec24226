#include "io/shown.h"

#include "check.h"
#include "io/utf8.h"

namespace {

using namespace xling;
using namespace std::string_literals;

TEST("shown: quoted, with quotes, control characters and broken bytes spelt out") {
  CHECK_EQ(shown(""), "\"\""s);
  CHECK_EQ(shown("l\xc3\xa4yer.0"), "\"l\xc3\xa4yer.0\""s);
  CHECK_EQ(shown("a\"b\\"), "\"a\\\"b\\\\\""s);
  CHECK_EQ(shown(std::string("a\0b", 3)), "\"a\\x00b\""s);
  CHECK_EQ(shown("\x1b[31m\x7f"), "\"\\x1b[31m\\x7f\""s);
  CHECK_EQ(shown("\xc2\x9b"
                 "31m \xc2\xa0"),
           "\"\\xc2\\x9b31m \xc2\xa0\""s);  // U+009B starts a terminal's command
  CHECK_EQ(shown("\xff"
                 "a\xc3"),
           "\"\\xffa\\xc3\""s);
}

TEST("shown: long text is cut, never within a character") {
  CHECK_EQ(shown(std::string(100, 'a')), "\"" + std::string(100, 'a') + "\"");
  CHECK_EQ(shown(std::string(101, 'a')), "\"" + std::string(100, 'a') + "...\"");
  std::string umlauts = "a";
  for (int i = 0; i < 100; ++i) umlauts += "\xc3\xa4";
  const std::string cut = shown(umlauts);
  CHECK_EQ(cut.size(), size_t{1 + 101 + 4});
  CHECK_EQ(utf8_valid_until(cut), cut.size());
}

}  // namespace
