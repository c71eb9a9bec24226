#include "io/utf8.h"

#include "check.h"

namespace {

using namespace xling;

TEST("utf8: every code point survives the way in and out, and no prefix of it passes for it") {
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    append_utf8(text, code);
    CHECK_EQ(text.size(), size_t{code < 0x80 ? 1u : code < 0x800 ? 2u : code < 0x10000 ? 3u : 4u});
    CHECK_EQ(utf8_length(text, 0), text.size());
    // The rest of it stands right behind the prefix's end, and must not be looked at.
    if (text.size() > 1) CHECK_EQ(utf8_length(std::string_view(text).substr(0, text.size() - 1), 0), size_t{0});
  }
}

TEST("utf8: as many sequences are well formed as Unicode's table 3-7 has, not one more or less") {
  size_t counts[5] = {};
  const int bytes[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};  // both sides of every border
  for (int lead = 0; lead < 256; ++lead)
    for (int second = 0; second < 256; ++second)
      for (const int third : bytes)
        for (const int fourth : bytes) {
          const std::string text{char(lead), char(second), char(third), char(fourth)};
          ++counts[utf8_length(text, 0)];
        }
  const size_t tails = 6;  // of the ten are 0x80 to 0xbf
  CHECK_EQ(counts[1], size_t{128 * 256 * 100});
  CHECK_EQ(counts[2], size_t{30 * 64 * 100});
  CHECK_EQ(counts[3], (size_t{32} + 12 * 64 + 32 + 2 * 64) * tails * 10);
  CHECK_EQ(counts[4], (size_t{48} + 3 * 64 + 16) * tails * tails);
}

TEST("utf8: the first byte that is none is found") {
  CHECK_EQ(utf8_valid_until(""), size_t{0});
  CHECK_EQ(utf8_valid_until("h\xc3\xa4user"), size_t{7});
  CHECK_EQ(utf8_valid_until("h\xc3\xa4u\xff"), size_t{4});
  CHECK_EQ(utf8_valid_until("h\xc3"), size_t{1});
  CHECK_EQ(utf8_length("x", 1), size_t{0});
}

}  // namespace
