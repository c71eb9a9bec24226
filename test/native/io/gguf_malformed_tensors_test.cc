// GGUF files with tensors that cannot be, or cannot be where they should.
#include "io/gguf_broken.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using namespace test;

const std::string one_tensor = gguf_start(1, 0);

// Files of one tensor, "w", with enough bytes for 4096 of data.
std::vector<Broken> entries() {
  const std::string named = one_tensor + counted("w"), in_w = ", tensor \"w\"",
                    end = u32(24) + u64(0) + std::string(5000, 'x');
  const std::string one = u32(1), two = u32(2), three = u32(3), far = u64(uint64_t{1} << 32);
  const auto shaped = [&](const char* label, const std::string& bad, const std::string& good, uint32_t type,
                          const std::string& what) {
    return Broken{label, malformed, named, bad, good, u32(type) + u64(0) + std::string(5000, 'x'), in_w, what};
  };
  const auto typed = [&](uint32_t number) {
    return Broken{"a tensor of type " + std::to_string(number),
                  unsupported,
                  named + one + u64(32),
                  u32(number),
                  u32(2),
                  u64(0) + std::string(5000, 'x'),
                  in_w,
                  "is of type " + std::to_string(number) +
                      ", whose size is not known: ggml gave it up, or added it lately; "
                      "quantise the model again, to one of F32, F16"};
  };
  return {
      {"five dimensions", unsupported, named, u32(5) + u64(1), u32(4), u64(1) + u64(1) + u64(1) + u64(1) + end, in_w,
       "has 5 dimensions, and ggml knows 4 at most"},
      {"2^32 - 1 dimensions", unsupported, named, u32(UINT32_MAX), u32(0), end, in_w, "has 4294967295 dimensions"},
      {"a dimension of 0", malformed, named + two + u64(3), u64(0), u64(1), end, in_w, "dimension 2 of 2 is 0"},
      {"a dimension of 2^63", malformed, named + two + u64(3), u64(uint64_t{1} << 63), u64(1), end, in_w,
       "dimension 2 of 2 is 9223372036854775808, above 2^63 - 1"},
      shaped("a row of half a block", one + u64(16), one + u64(32), 2,
             "rows of 16 elements are no whole blocks of 32, as Q4_0 has them"),
      shaped("a row of a block and one", one + u64(33), one + u64(64), 8,
             "rows of 33 elements are no whole blocks of 32"),
      shaped("blocks along the outer dimension", two + u64(1) + u64(256), two + u64(256) + u64(1), 12,
             "rows of 1 elements are no whole blocks of 256, as Q4_K has them"),
      shaped("a scalar in blocks", u32(0), one + u64(256), 14, "rows of 1 elements are no whole blocks of 256"),
      shaped("dimensions that multiply to 2^64", two + far + far, two + u64(2) + u64(3), 24,
             "the dimensions multiply to more than 2^64 bytes"),
      shaped("dimensions that multiply to 2^96", three + far + far + far, three + u64(2) + u64(3) + u64(4), 24,
             "the dimensions multiply to more than 2^64 bytes"),
      shaped("a row of 2^64 bytes", one + u64(uint64_t{1} << 61), one + u64(2), 27,
             "the dimensions multiply to more than 2^64 bytes"),
      typed(4),
      typed(36),
      typed(42),
      typed(UINT32_MAX),
  };
}

// Files of two tensors of bytes, "a" (40 bytes) and "b". The data begin at byte 96 and are 128 bytes.
std::vector<Broken> places() {
  const auto upto_offset = [](const char* name, uint64_t bytes) {
    const std::string entry = tensor_entry(name, {bytes}, 24, 0);
    return entry.substr(0, entry.size() - 8);
  };
  const auto b_at = [&](const char* label, uint64_t bytes, uint64_t bad, const std::string& what) {
    const std::string before = gguf_start(2, 0) + tensor_entry("a", {40}, 24, 0) + upto_offset("b", bytes);
    return Broken{label, malformed, before, u64(bad), u64(64), std::string(6 + 128, 'x'), ", tensor \"b\"", what};
  };
  const std::string one = one_tensor + upto_offset("b", 40);  // with the offset 57 bytes: the data begin at byte 64
  return {
      b_at("an offset beside the alignment", 8, 72, "the offset is 72, no multiple of the alignment, 32"),
      b_at("an offset of 2^64 - 1", 8, UINT64_MAX, "the offset is 18446744073709551615, no multiple"),
      b_at("an offset beyond the end", 8, 160,
           "should be 8 bytes, 160 behind the data's begin at byte 96, but the file ends at"),
      b_at("an offset of 2^64 - 32 and 64 bytes", 64, 0 - uint64_t{32},
           "should be 64 bytes, 18446744073709551584 behind the data's begin"),
      b_at("a tensor over the end", 64, 96,
           "should be 64 bytes, 96 behind the data's begin at byte 96, but the file ends at"),
      b_at("one place for two", 8, 0, "bytes 96 to 104 belong to tensor \"a\" too"),
      b_at("a tensor over another's end", 16, 32, "bytes 128 to 136 belong to tensor \"a\" too"),
      {"tensors over each other, the later one first", malformed, gguf_start(2, 0) + upto_offset("b", 16), u64(32),
       u64(64), tensor_entry("a", {40}, 24, 0) + std::string(6 + 128, 'x'), ", tensor \"b\"",
       "bytes 128 to 136 belong to tensor \"a\" too"},
      {"a tensor of 2^63 - 1 bytes", malformed, one_tensor + counted("b") + u32(1), u64(INT64_MAX), u64(40),
       u32(24) + u64(0) + std::string(7 + 40, 'x'), ", tensor \"b\"",
       "should be 9223372036854775807 bytes, 0 behind the data's begin at byte 64, but the file ends at byte 104", 12},
      {"no data", malformed, one, u64(0), u64(0) + std::string(7 + 40, 'x'), "", ", tensor \"b\"",
       "should be 40 bytes, 0 behind the data's begin at byte 64, but the file ends at byte 57"},
      {"a byte too few", malformed, one, u64(0) + std::string(7 + 39, 'x'), u64(0) + std::string(7 + 40, 'x'), "",
       ", tensor \"b\"", "should be 40 bytes, 0 behind the data's begin at byte 64, but the file ends at byte 103"},
  };
}

std::vector<Broken> broken_files() {
  std::vector<Broken> all;
  for (const auto& table : {entries(), places()}) all.insert(all.end(), table.begin(), table.end());
  return all;
}

const bool registered = [] {
  static std::vector<Broken> all = broken_files();
  return register_broken(all);
}();

}  // namespace
