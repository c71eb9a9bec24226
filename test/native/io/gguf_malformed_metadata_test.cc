// GGUF files with broken key-values, or with ones that say how the rest is to be read and cannot be followed.
#include "io/gguf_broken.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using namespace test;
using Type = GgufValueType;

const std::string one_key = gguf_start(0, 1);

std::vector<Broken> values() {
  const std::string key = one_key + counted("k"), in_k = ", key \"k\"", an_array = key + type_bytes(Type::array);
  const auto array = [&](Type item) { return an_array + type_bytes(item); };
  const auto fault = [&](const char* label, const std::string& before, const std::string& bad, const std::string& good,
                         const std::string& what,
                         size_t at = 0) { return Broken{label, malformed, before, bad, good, "", in_k, what, at}; };
  const uint64_t much = uint64_t{1} << 60;
  return {
      {"a value of type 13", malformed, key, u32(13), u32(0), "\1", in_k,
       "the value's type is 13, and there are only 0 to 12"},
      {"a value of type 2^32 - 1", malformed, key, u32(UINT32_MAX), u32(0), "\1", in_k, "the value's type is 4294967295"},
      {"items of type 13", malformed, an_array, u32(13), u32(0), u64(0), in_k,
       "the items' type is 13, and there are only"},
      {"an array of arrays", unsupported, an_array, type_bytes(Type::array), type_bytes(Type::string), u64(0), in_k,
       "is an array of arrays, which no model needs; convert the model again without this key"},
      fault("a boolean of 2", key + type_bytes(Type::boolean), "\2", "\1", "a boolean must be 0 or 1, not 2"),
      fault("a boolean of 255", key + type_bytes(Type::boolean), "\xff", "\0"s, "a boolean must be 0 or 1, not 255"),
      fault("a boolean of 2 in an array", array(Type::boolean) + u64(3) + "\1"s + "\0"s, "\2", "\1",
            "a boolean must be 0 or 1"),
      fault("2^60 numbers", array(Type::u8), u64(much), u64(0),
            "there should be 1152921504606846976 items of 1 bytes, but the file ends 0 bytes further", 8),
      fault("2^61 numbers of 8 bytes, which is 2^64", array(Type::f64), u64(2 * much), u64(0),
            "there should be 2305843009213693952 items of 8 bytes", 8),
      {"a number more than there are", malformed, array(Type::u16), u64(4), u64(3), "123456x", in_k,
       "there should be 4 items of 2 bytes, but the file ends 7 bytes further", 8},
      fault("2^60 strings", array(Type::string), u64(much), u64(0),
            "there should be 1152921504606846976 items of at least 8 bytes, but the file ends 0 bytes further", 8),
      fault("2^61 strings, whose lengths are 2^64", array(Type::string), u64(2 * much), u64(0),
            "there should be 2305843009213693952 items of at least 8 bytes", 8),
      {"a string more than there are", malformed, array(Type::string), u64(3), u64(2), counted("abc") + counted(""), in_k,
       "there should be 3 items of at least 8 bytes, but the file ends 19 bytes further", 8},
      fault("a string of 2^60 bytes", key + type_bytes(Type::string), u64(much), u64(0),
            "the string should be 1152921504606846976 bytes, but the file ends at byte", 8),
      fault("a string of 2^64 - 1 bytes", key + type_bytes(Type::string), u64(UINT64_MAX), u64(0),
            "the string should be 18446744073709551615 bytes", 8),
      {"an item of 2^64 - 1 bytes", malformed, array(Type::string) + u64(2) + counted("a"), u64(UINT64_MAX), u64(0), "",
       ", key \"k\"[1]", "the string should be 18446744073709551615 bytes", 8},
      {"an item of 2^60 bytes, and others after it", malformed, array(Type::string) + u64(3), u64(much), u64(1),
       "a" + counted("b") + counted("c"), ", key \"k\"[0]", "the string should be 1152921504606846976 bytes", 8},
  };
}

std::vector<Broken> directions() {
  const auto alignment = [](const char* label, uint64_t bad, const std::string& what) {
    return Broken{label,
                  malformed,
                  one_key + counted("general.alignment") + type_bytes(Type::u32),
                  u32(bad),
                  u32(8),
                  "",
                  ", key \"general.alignment\"",
                  what};
  };
  const auto typed = [](const char* label, const std::string& key, const std::string& bad, const std::string& good,
                        const std::string& what) {
    // The place is the value, behind its type.
    return Broken{label, malformed, one_key + counted(key), bad, good, "", ", key \"" + key + '"', what, 4};
  };
  const std::string aligned = type_bytes(Type::u32) + u32(8);
  return {
      alignment("an alignment of 0", 0, "is 0, and must be a multiple of 8"),
      alignment("an alignment of 4", 4, "is 4, and must be a multiple of 8"),
      alignment("an alignment of 12", 12, "is 12, and must be a multiple of 8"),
      alignment("an alignment above 2^30", (1u << 30) + 8, "is 1073741832, and 1073741824 is the most"),
      typed("an alignment of 64 bits", "general.alignment", type_bytes(Type::u64) + u64(32), aligned,
            "is of type u64, and must be a u32"),
      typed("an alignment with a sign", "general.alignment", type_bytes(Type::i32) + u32(32), aligned,
            "is of type i32, and must be a u32"),
      typed("an alignment in words", "general.alignment", type_bytes(Type::string) + counted("32"), aligned,
            "is of type string, and must be a u32"),
      typed("a split's count of 32 bits", "split.count", type_bytes(Type::u32) + u32(1), type_bytes(Type::u16) + u16(1),
            "is of type u32, and must be a u16"),
      {"one file of two", unsupported, one_key + counted("split.count") + type_bytes(Type::u16), u16(2), u16(1), "",
       ", key \"split.count\"",
       "the model was split into 2 files, and this is one; merge them with 'llama-gguf-split --merge'"},
  };
}

std::vector<Broken> broken_files() {
  std::vector<Broken> all;
  for (const auto& table : {values(), directions()}) all.insert(all.end(), table.begin(), table.end());
  return all;
}

const bool registered = [] {
  static std::vector<Broken> all = broken_files();
  return register_broken(all);
}();

}  // namespace
