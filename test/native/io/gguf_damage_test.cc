// One valid file, damaged everywhere: it loads or it is refused, and never is
// anything read that is not there. Run under a sanitizer to see the latter.
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "io/file_descriptor.h"
#include "io/gguf.h"
#include "io/gguf_bytes.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using namespace test;
using Type = GgufValueType;

std::string small_file() {
  const std::vector<std::string> keys = {
      key_value("general.alignment", Type::u32, u32(8)),
      key_value("s", Type::string, counted("h\xc3\xa4")),
      key_value("yes", Type::boolean, "\1"),
      key_value("f", Type::f64, u64(0x3ff0000000000000)),
      key_array("n", Type::i16, {u16(1), u16(65535)}),
      key_array("t", Type::string, {counted(""), counted("ab"), counted("\xf0\x9f\x98\x80")}),
      key_array("b", Type::boolean, {"\1", "\0"s}),
      key_value("split.count", Type::u16, u16(1)),
  };
  return gguf_bytes(keys,
                    {tensor_entry("q", {32, 2}, 2, 16), tensor_entry("w", {3}, 0, 0), tensor_entry("e", {}, 24, 56)},
                    padded("123456789ABC", 16) + std::string(36, 'q') + std::string(4, '\0') + "e", 8);
}

void read_all(const GgufHeader& header, std::string_view bytes) {
  volatile char sink = 0;
  for (const auto& tensor : header.tensors)
    for (size_t i = 0; i < tensor.bytes; ++i) sink = bytes[tensor.offset + i];
  for (const auto& [key, value] : header.metadata)
    for (size_t i = 0; i < value.bytes; ++i) sink = bytes[value.offset + i];
  (void)sink;
}

// Every value by the function for its type; what is not UTF-8 or too large for a double may be refused.
void read_values(const Gguf& file) {
  for (const auto& [key, value] : file.metadata()) {
    try {
      if (value.type == Type::string) {
        file.text(value);
      } else if (value.type == Type::boolean) {
        file.boolean(value);
      } else if (value.type != Type::array) {
        file.number(value);
      } else if (value.item == Type::string) {
        uint64_t items = 0;
        file.texts(value, [&](std::string_view) { ++items; });
        CHECK_EQ(items, value.count);
      } else {
        CHECK_EQ(file.numbers(value).size(), value.count);
      }
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::malformed_file || error.code() == ErrorCode::unsupported_file);
    }
  }
}

// Whether it loads.
template <class Load>
bool survives(const Load& load) {
  try {
    load();
    return true;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed_file || error.code() == ErrorCode::unsupported_file);
    return false;
  }
}

bool header_survives(std::string_view bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());  // its end is where a sanitizer watches
  return survives([&] { read_all(read_gguf_header({exact.data(), exact.size()}, "f"), {exact.data(), exact.size()}); });
}

TEST("gguf: a file with any byte in any other value loads or is refused, and is never read beyond its end") {
  const std::string whole = small_file();
  CHECK(header_survives(whole));
  size_t loaded = 0, refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    for (int value = 0; value < 256; ++value) {
      changed[at] = static_cast<char>(value);
      ++(header_survives(changed) ? loaded : refused);
    }
  }
  CHECK(loaded > 64 * 256 && refused > 64 * 256);  // at least the data loads, at least lengths and counts do not
}

TEST("gguf: a file cut at any length is refused, but for cuts of what is behind the last tensor") {
  const std::string whole = small_file();
  for (size_t length = 0; length < whole.size(); ++length) CHECK(!header_survives(whole.substr(0, length)));
  CHECK(header_survives(whole + "x"));
}

TEST("gguf: damaged values are handed out or refused, and never are more of them than there are") {
  const TemporaryFolder folder;
  const std::string whole = small_file();
  const std::string path = folder.put("m.gguf", whole);
  const FileDescriptor file(open(path.c_str(), O_WRONLY));
  const auto put = [&](size_t at, int value) {
    const char byte = static_cast<char>(value);
    CHECK(pwrite(file.number(), &byte, 1, static_cast<off_t>(at)) == 1);
  };
  for (size_t at = 0; at < whole.size(); ++at) {
    const int old = whole[at] & 0xff;
    for (const int value : {0, 1, 0x7f, 0x80, 0xff, old ^ 1, old ^ 0x20, old + 1}) {
      put(at, value);
      survives([&] { read_values(Gguf(path)); });
    }
    put(at, old);
  }
  CHECK(survives([&] { read_values(Gguf(path)); }));
}

}  // namespace
