// One valid file, damaged everywhere: it loads or it is refused, and never is
// anything read that is not there. Run under a sanitizer to see the latter.
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "io/file_descriptor.h"
#include "io/safetensors.h"
#include "io/safetensors_bytes.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using test::TemporaryFolder;

const std::string header =
    R"({"__metadata__":{"format":"pt"},"a\u00e4\ud83d\ude00":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
    R"("b":{"dtype":"I8","shape":[0],"data_offsets":[8,8]},"c":{"dtype":"I8","shape":[],"data_offsets":[8,9]},)"
    R"("d":{"dtype":"F4","shape":[2],"data_offsets":[9,10]}})"
    "  ";
const std::string data = "123456789A";

// Whether it loads. Every byte that it says it has is read.
template <class Load>
bool survives(const Load& load) {
  try {
    load();
    return true;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed_file);
    return false;
  }
}

void load_all(const std::string& path) {
  const Safetensors file(path);
  size_t total = 0;
  volatile uint8_t sink = 0;
  for (const auto& tensor : file.tensors()) {
    const uint8_t* bytes = file.data(tensor);
    for (size_t i = 0; i < tensor.bytes; ++i) sink = bytes[i];
    total += tensor.bytes;
  }
  (void)sink;
  CHECK_EQ(total, data.size());
}

TEST("safetensors: a file with any bit of length and header flipped loads or is refused") {
  const TemporaryFolder folder;
  const std::string whole = test::safetensors_bytes(header, data);
  const std::string path = folder.put("m.safetensors", whole);
  const FileDescriptor file(open(path.c_str(), O_WRONLY));
  const auto put = [&](size_t at, int value) {
    const char byte = static_cast<char>(value);
    CHECK(pwrite(file.number(), &byte, 1, static_cast<off_t>(at)) == 1);
  };
  CHECK(survives([&] { load_all(path); }));
  size_t loaded = 0;
  for (size_t at = 0; at < 8 + header.size(); ++at) {
    for (int bit = 1; bit < 256; bit *= 2) {
      put(at, whole[at] ^ bit);
      const bool survived = survives([&] { load_all(path); });
      CHECK(!survived || at >= 8);
      loaded += survived;
    }
    put(at, whole[at]);
  }
  // Names, metadata, and which of two dtypes of one size: some fifteen bytes, of whose bits most may flip.
  CHECK(loaded > 40 && loaded < 200);
}

TEST("safetensors: a file cut or grown at any length is refused") {
  const TemporaryFolder folder;
  const std::string whole = test::safetensors_bytes(header, data);
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::string path = folder.put("m.safetensors", whole.substr(0, length));
    CHECK(!survives([&] { load_all(path); }));
  }
  CHECK(!survives([&] { load_all(folder.put("m.safetensors", whole + '\0')); }));
}

TEST("safetensors: a header with any byte in any other value, whole or cut there, is never read beyond its end") {
  const auto read = [](std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());  // its end is where a sanitizer watches
    return survives([&] { read_safetensors_header({exact.data(), exact.size()}, data.size(), "f"); });
  };
  CHECK(read(header));
  for (size_t at = 0; at < header.size(); ++at) {
    std::string changed = header;
    for (int value = 0; value < 256; ++value) {
      changed[at] = static_cast<char>(value);
      read(changed);
      // No object ends earlier with all the data shared out.
      if (at + 3 < header.size()) CHECK(!read(std::string_view(changed).substr(0, at + 1)));
    }
  }
}

}  // namespace
