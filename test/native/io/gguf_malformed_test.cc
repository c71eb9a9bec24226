// Files that are no GGUF file, or another kind of one; broken names.
#include "io/gguf_broken.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using namespace test;
using Type = GgufValueType;

const std::string empty = gguf_start(0, 0);

std::vector<Broken> starts() {
  const std::string rest = empty.substr(4), counts = empty.substr(8);
  const auto magic = [&](const char* label, ErrorCode code, const std::string& bytes, const std::string& what) {
    return Broken{label, code, "", bytes, "GGUF", rest, "", what};
  };
  const auto version = [&](const char* label, const std::string& bytes, const std::string& what) {
    return Broken{label, unsupported, "GGUF", bytes, u32(3), counts, "", what};
  };
  const char* const swapped = "holds its numbers with the highest byte first (big-endian); turn them round with";
  return {
      {"a pointer of Git LFS", malformed, "", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", empty,
       "", "", "is a pointer of Git LFS, not the file it stands for; run 'git lfs pull'"},
      magic("a web page", malformed, "<!DOCTYPE html>",
            "is a web page or a server's message, not the file: begins with \"<!DO\"; download"),
      magic("a safetensors file", malformed, "\x02\0\0\0"s,
            "is no GGUF file: begins with \"\\x02\\x00\\x00\\x00\", not \"GGUF\""),
      magic("a zip archive", malformed, "PK\3\4", "is no GGUF file: begins with \"PK\\x03\\x04\", not \"GGUF\"; check"),
      magic("a magic in small letters", malformed, "gguf", "is no GGUF file: begins with \"gguf\""),
      magic("a GGML file", unsupported, "lmgg", "is in a format of ggml's that came before GGUF (\"lmgg\"); convert"),
      magic("a GGML file, letters in order", unsupported, "GGML",
            "is in a format of ggml's that came before GGUF (\"GGML\")"),
      magic("a GGJT file", unsupported, "tjgg", "is in a format of ggml's that came before GGUF (\"tjgg\")"),
      magic("a GGMF file, letters in order", unsupported, "ggmf",
            "is in a format of ggml's that came before GGUF (\"ggmf\")"),
      magic("a magic turned round", unsupported, "FUGG", swapped),
      version("a big-endian file of version 3", "\0\0\0\3"s, swapped),
      version("a big-endian file of version 2", "\0\0\0\2"s, swapped),
      version("version 0", u32(0), "is GGUF of version 0, and only 2 and 3 are read; convert"),
      version("version 1", u32(1), "is GGUF of version 1, and only 2 and 3 are read; convert"),
      version("version 4", u32(4), "is GGUF of version 4, and only 2 and 3 are read; convert"),
      version("version 2^32 - 1", u32(UINT32_MAX), "is GGUF of version 4294967295"),
      {"2^60 tensors", malformed, empty.substr(0, 8), u64(uint64_t{1} << 60), u64(0), u64(0), "",
       "the number of tensors is 1152921504606846976, and each takes at least 25 bytes, but only 8 follow"},
      {"a tensor and no bytes for it", malformed, empty.substr(0, 8), u64(1), u64(0), u64(0) + std::string(16, 'x'), "",
       "the number of tensors is 1, and each takes at least 25 bytes, but only 24 follow"},
      {"2^60 keys", malformed, empty.substr(0, 16), u64(uint64_t{1} << 60), u64(0), "", "",
       "the number of key-values is 1152921504606846976, and each takes at least 14 bytes, but only 0 follow"},
      {"a key and no bytes for it", malformed, empty.substr(0, 16), u64(1), u64(0), std::string(13, 'x'), "",
       "the number of key-values is 1, and each takes at least 14 bytes, but only 13 follow"},
  };
}

std::vector<Broken> names() {
  std::vector<Broken> all;
  const auto add = [&](const std::string& start, const std::string& after, const std::string& what,
                       const std::string& part) {
    const auto name = [&](const char* label, const std::string& bad, const std::string& good, const std::string& said,
                          size_t at = 0) {
      all.push_back(
          {what + " " + label, malformed, start, bad, good, after, ", " + part + " 1 of 1", what + " " + said, at});
    };
    name("without a character", u64(0), counted("k"), "is empty");
    name("of 65536 bytes", counted(std::string(65536, 'k')), counted(std::string(65535, 'k')),
         "is 65536 bytes long, and 65535 are the most");
    name("of 2^60 bytes", u64(uint64_t{1} << 60), counted("k"), "is 1152921504606846976 bytes long");
    name("of more bytes than there are", u64(1000), counted("k"), "should be 1000 bytes, but the file ends at", 8);
    name("that is not UTF-8", counted("ab\xc3"), counted("ab"), "is not UTF-8", 8 + 2);
    name("with a NUL in it", counted("a\0b"s), counted("ab"), "has a NUL character in it", 8 + 1);
  };
  add(gguf_start(0, 1), type_bytes(Type::u8) + "\7" + std::string(16, 'x'), "the key", "key");
  add(gguf_start(1, 0), padded(u32(1) + u64(32) + u32(24) + u64(0), 256), "the name", "tensor");
  all.push_back({"a key twice", malformed, gguf_start(0, 2) + key_value("k", Type::u8, "\7"), counted("k"), counted("l"),
                 type_bytes(Type::u8) + "\7", ", key \"k\"", "the key stands twice"});
  all.push_back({"a tensor twice", malformed, gguf_start(2, 0) + tensor_entry("k", {1}, 24, 0), counted("k"),
                 counted("l"), padded(tensor_entry("", {1}, 24, 32).substr(8), 256), ", tensor \"k\"",
                 "the name stands twice"});
  return all;
}

std::vector<Broken> broken_files() {
  std::vector<Broken> all;
  for (const auto& table : {starts(), names()}) all.insert(all.end(), table.begin(), table.end());
  return all;
}

const bool registered = [] {
  static std::vector<Broken> all = broken_files();
  return register_broken(all);
}();

}  // namespace
