// GGUF files that are cut, in each of their fields.
#include "io/gguf_broken.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using namespace test;
using Type = GgufValueType;

const std::string empty = gguf_start(0, 0);

// One file, cut in each of its fields.
std::vector<Broken> cuts() {
  struct Field {
    const char *part, *what;
    std::string bytes, lead = {};  // what is before it, and is not cut
  };
  const char *const key2 = ", key 2 of 3", *const key3 = ", key 3 of 3", *const k2 = ", key \"number\"",
                    *const k3 = ", key \"array\"", *const w = ", tensor \"weight\"";
  const std::vector<Field> fields = {
      {key2, "a name's length", u64(6)},
      {key2, "the key", "number"},
      {k2, "the value's type", type_bytes(Type::u32)},
      {k2, "the value", u32(7)},
      {key3, "a name's length", u64(5)},
      {key3, "the key", "array"},
      {k3, "the value's type", type_bytes(Type::array)},
      {k3, "the items' type", type_bytes(Type::string)},
      {k3, "the number of items", u64(2)},
      {", key \"array\"[0]", "the string", std::string(50, 'x'), u64(50)},
      {", key \"array\"[1]", "a string's length", u64(4)},
      {", key \"array\"[1]", "the string", "item"},
      {", tensor 1 of 1", "a name's length", u64(6)},
      {", tensor 1 of 1", "the name", "weight"},
      {w, "the number of dimensions", u32(2)},
      {w, "a dimension", u64(4)},
      {w, "a dimension", u64(2)},
      {w, "the type", u32(24)},
      {w, "the offset", u64(0)},
  };
  // Long enough for the counts to be possible wherever the file is cut.
  std::string before = gguf_start(1, 3) + key_value("first", Type::string, counted(std::string(60, 'x')));
  std::string rest;
  for (const Field& field : fields) rest += field.lead + field.bytes;
  rest += std::string(100, 'x');
  std::vector<Broken> all = {
      {"a file of no bytes", malformed, "", "", empty, "", "", "the file is empty"},
      {"a file cut in the magic", malformed, "", "GGU", empty, "", "",
       "the magic \"GGUF\" should be 4 bytes, but the file ends at byte 3"},
      {"a file cut in the version", malformed, "GGUF", "\3\0\0"s, empty.substr(4), "", "",
       "the version should be 4 bytes, but the file ends at byte 7"},
      {"a file cut in the number of tensors", malformed, empty.substr(0, 8), "\0"s, empty.substr(8), "", "",
       "the number of tensors should be 8 bytes, but the file ends at byte 9"},
      {"a file cut in the number of key-values", malformed, empty.substr(0, 16), std::string(7, '\0'), empty.substr(16),
       "", "", "the number of key-values should be 8 bytes, but the file ends at byte 23"},
  };
  for (const Field& field : fields) {
    before += field.lead;
    rest.erase(0, field.lead.size());
    const size_t half = field.bytes.size() / 2, size = before.size() + half;
    all.push_back({"a file cut in " + std::string(field.what) + field.part, malformed, before,
                   field.bytes.substr(0, half), rest, "", field.part,
                   std::string(field.what) + " should be " + std::to_string(field.bytes.size()) +
                       " bytes, but the file ends at byte " + std::to_string(size)});
    before += field.bytes;
    rest.erase(0, field.bytes.size());
  }
  return all;
}

const bool registered = [] {
  static std::vector<Broken> all = cuts();
  return register_broken(all);
}();

}  // namespace
