// Broken safetensors files, each broken in one way: what is said of it, and of
// which byte. Every one is near a file that loads.
#include "check.h"
#include "io/safetensors.h"
#include "io/safetensors_bytes.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using test::header_length;
using test::safetensors_bytes;

struct Broken {
  std::string label, bytes, message;
};

// A header with a fault where the ^ stands, reached by the keys `in`, and `data` bytes of data.
struct Fault {
  const char* label;
  std::string header;
  const char *in, *what;
  size_t data = 0;
};

// One tensor, of these values in JSON.
std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

std::string dimension(const std::string& number) { return tensor(R"("U8")", "[" + number + "]", "[0,1]"); }
std::string word(const std::string& text) { return R"({"__metadata__":{"k":")" + text + R"("}})"; }

constexpr char in_a[] = R"(, in "a")", in_dtype[] = R"(, in "a" "dtype")", in_shape[] = R"(, in "a" "shape")",
               in_offsets[] = R"(, in "a" "data_offsets")", in_metadata[] = R"(, in "__metadata__")",
               in_word[] = R"(, in "__metadata__" "k")";

std::vector<Fault> json_faults() {
  return {
      {"white space first", "^ {}", "", "the header must begin with '{'"},
      {"a byte order mark", "^\xef\xbb\xbf{}", "", "the header must begin with '{'"},
      {"an empty header", "^", "", "the header must begin with '{'"},
      {"a header of one byte", "{^", "", "a string must stand here, not the end"},
      {"an array for a header", "^[]", "", "the header must begin with '{'"},
      {"text after the header", "{} ^x", "", "the text must end here, but there is 'x'"},
      {"a second header", "{}^{}", "", "the text must end here, but there is '{'"},
      {"a header padded with NUL", "{}^\0\0\0\0\0\0"s, "", "the text must end here, but there is 0x00"},
      {"a comment", "{^/**/}", "", "a string must stand here, not '/'"},
      {"single quotes", "{^'__metadata__':{}}", "", "a string must stand here, not '''"},
      {"a bare key", "{^__metadata__:{}}", "", "a string must stand here, not '_'"},
      {"no colon", R"({"__metadata__" ^{}})", "", "':' after a key must stand here, not '{'"},
      {"no comma", R"({"__metadata__":{"a":"" ^"b":""}})", in_metadata, "',' or '}' must stand here, not '\"'"},
      {"no comma in a shape", dimension("1 ^1"), in_shape, "',' or ']' must stand here, not '1'", 1},
      {"a comma too many", R"({"__metadata__":{},^})", "", "a string must stand here, not '}'"},
      {"a comma too many in a shape", dimension("1,^"), in_shape, "a whole number must stand here, not ']'", 1},
      {"a bracket of the other kind", tensor(R"("U8")", "[1^}", "[0,1]"), in_shape, "',' or ']' must stand here, not '}'",
       1},
      {"a string that does not end", R"({"__metadata__":{"k":^"})", in_word, "a string that begins here does not end"},
      {"a line break in a string", word("a^\nb"), in_word, "the control character 0x0A stands in a string"},
      {"a bare NUL in a string", word("a^\0"s), in_word, "the control character 0x00 stands in a string"},
      {"an unknown escape", word(R"(a^\x41)"), in_word, "there is no escape of a backslash and 'x'"},
      {"a short \\u", word(R"(a^\u12g4)"), in_word, "\\u must be followed by four hexadecimal digits"},
      {"a high surrogate alone", word(R"(a^\ud800)"), in_word, "a surrogate stands alone"},
      {"a low surrogate alone", word(R"(a^\udc00)"), in_word, "a surrogate stands alone"},
      {"two high surrogates", word(R"(a^\ud800\ud800)"), in_word, "a surrogate stands alone"},
      {"a continuation byte alone", word("a^\x80"), "", "the text is not UTF-8 (byte 0x80)"},
      {"an overlong character", word("a^\xc0\xaf"), "", "the text is not UTF-8 (byte 0xC0)"},
      {"a long overlong character", word("a^\xe0\x9f\xbf"), "", "the text is not UTF-8 (byte 0xE0)"},
      {"a surrogate in UTF-8", word("a^\xed\xa0\x80"), "", "the text is not UTF-8 (byte 0xED)"},
      {"a character beyond Unicode", word("a^\xf4\x90\x80\x80"), "", "the text is not UTF-8 (byte 0xF4)"},
      {"a character far beyond Unicode", word("a^\xf7\x80\x80\x80"), "", "the text is not UTF-8 (byte 0xF7)"},
      {"a character cut short", word("a^\xe2\x82"), "", "the text is not UTF-8 (byte 0xE2)"},
      {"a character cut by the header's end", "{} ^\xe2", "", "the text is not UTF-8 (byte 0xE2)"},

      {"a negative dimension", dimension("^-1"), in_shape, "a number must not be negative", 1},
      {"a negative zero", tensor(R"("U8")", "[0]", "[^-0,0]"), in_offsets, "a number must not be negative"},
      {"a fraction", dimension("^1.5"), in_shape, "a number must be whole", 1},
      {"a whole fraction", tensor(R"("U8")", "[1]", "[0,^1.0]"), in_offsets, "a number must be whole", 1},
      {"an exponent", dimension("^1e0"), in_shape, "a number must be whole", 1},
      {"a large exponent", dimension("^1E999"), in_shape, "a number must be whole", 1},
      {"a leading zero", dimension("^01"), in_shape, "a number must not begin with 0", 1},
      {"a dimension of 2^63", dimension("^9223372036854775808"), in_shape, "a number is above 9223372036854775807", 1},
      {"a dimension of 2^64 + 1", dimension("^18446744073709551617"), in_shape, "a number is above 9223372036854775807", 1},
      {"a hexadecimal number", dimension("0^x1"), in_shape, "',' or ']' must stand here, not 'x'", 1},
      {"a number as text", dimension(R"(^"1")"), in_shape, "a whole number must stand here, not '\"'", 1},
      {"null for a number", dimension("^null"), in_shape, "a whole number must stand here, not 'n'", 1},
  };
}

std::vector<Fault> entry_faults() {
  return {
      {"an entry that is null", R"({"a":^null})", in_a, "an object must stand here, not 'n'"},
      {"an entry as an array", R"({"a":^["U8",[1],[0,1]]})", in_a, "an object must stand here, not '['", 1},
      {"no dtype", R"({"a":^{"shape":[1],"data_offsets":[0,1]}})", in_a, "the tensor has no dtype", 1},
      {"no shape", R"({"a":^{"dtype":"U8","data_offsets":[0,1]}})", in_a, "the tensor has no shape", 1},
      {"no offsets", R"({"a":^{"dtype":"U8","shape":[1]}})", in_a, "the tensor has no data_offsets", 1},
      {"an unknown key", R"({"a":{"x":^1,"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", R"(, in "a" "x")",
       "a tensor has a dtype, a shape and data_offsets, nothing else", 1},
      {"a key twice", R"({"a":{"dtype":"U8",^"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", in_a,
       R"(the key "dtype" stands twice)", 1},
      {"a tensor twice",
       R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},^"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", "",
       R"(the key "a" stands twice)"},
      {"a tensor twice, spelt otherwise",
       R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},^"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
       "", R"(the key "a" stands twice)"},
      {"a NUL in a name", R"({"a\u0000b":^{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", R"(, in "a\x00b")",
       "a tensor's name has a NUL character"},
      {"a dtype that is a number", tensor("^8", "[1]", "[0,1]"), in_dtype, "a string must stand here, not '8'", 1},
      {"an unknown dtype", tensor(R"(^"Q4")", "[1]", "[0,1]"), in_dtype, R"(there is no dtype "Q4", only BOOL U8)", 1},
      {"a dtype in small letters", tensor(R"(^"u8")", "[1]", "[0,1]"), in_dtype, R"(there is no dtype "u8")", 1},
      {"a shape that is a number", tensor(R"("U8")", "^1", "[0,1]"), in_shape, "an array must stand here, not '1'", 1},
      {"a shape of shapes", dimension("^[1]"), in_shape, "a whole number must stand here, not '['", 1},
      {"one offset", tensor(R"("U8")", "[1]", "^[1]"), in_offsets,
       "two numbers must stand here, the first byte and the one after the last, not 1", 1},
      {"three offsets", tensor(R"("U8")", "[1]", "^[0,1,1]"), in_offsets,
       "two numbers must stand here, the first byte and the one after the last, not 3", 1},
      {"reversed offsets", tensor(R"("U8")", "[1]", "^[1,0]"), in_offsets, "the data ends at 0, before it begins at 1", 1},
      {"dimensions that overflow", R"({"a":^{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", in_a,
       "the tensor's dimensions multiply to more than 2^64 bits"},
      {"dimensions that overflow behind a zero",
       R"({"a":^{"dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", in_a,
       "the tensor's dimensions multiply to more than 2^64 bits"},
      {"elements whose bytes overflow", R"({"a":^{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}})",
       in_a, "the tensor's dimensions multiply to more than 2^64 bits"},
      {"half a byte", R"({"a":^{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})", in_a,
       "the tensor has 12 bits, which are no whole bytes", 1},
      {"more bytes than the shape has", R"({"a":^{"dtype":"U16","shape":[2],"data_offsets":[0,5]}})", in_a,
       "the tensor's dtype and shape make 4 bytes, but its data_offsets are 5 apart", 5},
      {"fewer bytes than the shape has", R"({"a":^{"dtype":"U16","shape":[2],"data_offsets":[0,2]}})", in_a,
       "the tensor's dtype and shape make 4 bytes, but its data_offsets are 2 apart", 2},
      {"a scalar without bytes", R"({"a":^{"dtype":"U8","shape":[],"data_offsets":[0,0]}})", in_a,
       "the tensor's dtype and shape make 1 bytes"},
      {"an empty tensor with bytes", R"({"a":^{"dtype":"U8","shape":[4,0],"data_offsets":[0,4]}})", in_a,
       "the tensor's dtype and shape make 0 bytes", 4},

      {"metadata that is text", R"({"__metadata__":^"pt"})", in_metadata, "an object must stand here"},
      {"metadata that is null", R"({"__metadata__":^null})", in_metadata, "an object must stand here"},
      {"metadata that is a tensor", R"({"__metadata__":{"dtype":"U8","shape":^[0]}})", R"(, in "__metadata__" "shape")",
       "a string must stand here, not '['"},
      {"metadata of a number", R"({"__metadata__":{"k":^1}})", in_word, "a string must stand here, not '1'"},
      {"metadata twice", R"({"__metadata__":{},^"__metadata__":{}})", "", R"(the key "__metadata__" stands twice)"},
      {"a metadata key twice", R"({"__metadata__":{"a":"",^"a":""}})", in_metadata, R"(the key "a" stands twice)"},
  };
}

std::string u8(const char* name, int begin, int end) {
  const std::string from = std::to_string(begin), to = std::to_string(end), size = std::to_string(end - begin);
  return '"' + std::string(name) + R"(":{"dtype":"U8","shape":[)" + size + R"(],"data_offsets":[)" + from + ',' + to + "]}";
}

// Two tensors of bytes: 51 bytes of header each, and their data begins at byte 113.
std::string sharing(const std::string& a, const std::string& b, size_t data) {
  return safetensors_bytes("{" + a + "," + b + "}", std::string(data, 'x'));
}

std::vector<Broken> broken_files() {
  const std::string whole = safetensors_bytes("{" + u8("a", 0, 4) + "}", "data");
  const std::string bomb(100000, '[');
  std::vector<Broken> all = {
      // length and ends; the header of `whole` has 53 bytes, its data begins at byte 61
      {"no bytes", "", "the header's length should be 8 bytes at byte 0, but the file ends at byte 0"},
      {"seven bytes", whole.substr(0, 7), "the header's length should be 8 bytes at byte 0, but the file ends at byte 7"},
      {"a header length of 2^63", header_length(uint64_t{1} << 63) + "{}",
       "byte 0: the header is 9223372036854775808 bytes long"},
      {"a header length of 2^64 - 1", header_length(UINT64_MAX) + "{}",
       "byte 0: the header is 18446744073709551615 bytes long"},
      {"a header length of 2^32", header_length(uint64_t{1} << 32) + "{}", "byte 0: the header is 4294967296 bytes long"},
      {"a header just above 100 MB", header_length(100'000'001) + "{}", "100000001 bytes long, more than 100000000"},
      {"a header of 100 MB that is not there", header_length(100'000'000) + "{}",
       "the header should be 100000000 bytes at byte 8, but the file ends at byte 10"},
      {"a web page", "<!DOCTYPE html><html></html>", "or this is no safetensors file"},
      {"a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
       "byte 0: is a pointer of Git LFS"},
      {"a header that is cut", whole.substr(0, 60),
       "the header should be 53 bytes at byte 8, but the file ends at byte 60"},
      {"a length that is one too small", header_length(52) + whole.substr(8),
       "byte 60: ',' or '}' must stand here, not the end"},
      {"a length that is one too large", header_length(54) + whole.substr(8),
       "byte 61: the text must end here, but there is 'd'"},
      {"arrays without end", safetensors_bytes(R"({"a":{"shape":)" + bomb),
       R"(byte 23, in "a" "shape": a whole number must)"},
      {"objects without end", safetensors_bytes(R"({"a":{"a":{"a":)" + bomb),
       R"(byte 18, in "a" "a": a tensor has a dtype)"},

      // sharing the data
      {"data that is cut", whole.substr(0, 64), R"(bytes 61 to 65 should be tensor "a", but the file ends at byte 64)"},
      {"data that is missing", whole.substr(0, 61), R"(bytes 61 to 65 should be tensor "a", but the file ends at byte 61)"},
      {"a byte after the last tensor", whole + "x", "bytes 65 to 66 belong to no tensor: they follow the last one"},
      {"a byte and no tensor", safetensors_bytes("{}", "x"), "bytes 10 to 11 belong to no tensor: they follow"},
      {"a hole before the first tensor", safetensors_bytes("{" + u8("a", 1, 4) + "}", "data"),
       R"(bytes 61 to 62 belong to no tensor (tensor "a" is next))"},
      {"a hole", sharing(u8("a", 0, 2), u8("b", 3, 5), 5), R"(bytes 115 to 116 belong to no tensor (tensor "b" is next))"},
      {"an overlap", sharing(u8("a", 0, 3), u8("b", 2, 5), 5), R"(bytes 115 to 116 belong to two tensors, "a" and "b")"},
      {"an overlap, the later one first", sharing(u8("b", 2, 5), u8("a", 0, 3), 5),
       R"(bytes 115 to 116 belong to two tensors, "a" and "b")"},
      {"one place for two", sharing(u8("a", 0, 2), u8("b", 0, 2), 2),
       R"(bytes 113 to 115 belong to two tensors, "a" and "b")"},
      {"a tensor within another", sharing(u8("a", 0, 4), u8("b", 1, 3), 4),
       R"(bytes 114 to 116 belong to two tensors, "a" and "b")"},
      {"an empty tensor within another", sharing(u8("a", 0, 4), u8("b", 2, 2), 4),
       R"(bytes 115 to 115 belong to two tensors)"},
      {"an empty tensor beyond the data", sharing(u8("a", 0, 4), u8("b", 9, 9), 4),
       R"(bytes 117 to 122 belong to no tensor (tensor "b")"},
      {"an end of 2^63 - 1",
       safetensors_bytes(R"({"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}})"),
       "more than 2^64 bits"},
      {"an end of 2^60",
       safetensors_bytes(R"({"a":{"dtype":"U8","shape":[1152921504606846976],"data_offsets":[0,1152921504606846976]}})"),
       R"(should be tensor "a", but the file ends at byte)"},
  };
  for (const auto& faults : {json_faults(), entry_faults()})
    for (const Fault& fault : faults) {
      std::string header = fault.header;
      const size_t at = header.find('^');
      header.erase(at, 1);
      all.push_back({fault.label, safetensors_bytes(header, std::string(fault.data, 'x')),
                     "byte " + std::to_string(8 + at) + fault.in + ": " + fault.what});
    }
  for (Broken& file : all) file.label = "safetensors: refuses " + file.label;
  return all;
}

void refused(const Broken& file) {
  const test::TemporaryFolder folder;
  const std::string path = folder.put("model.safetensors", file.bytes);
  const Error error = test::thrown_by(__FILE__, __LINE__, [&] { Safetensors{path}; });
  const std::string said = error.what();
  CHECK(error.code() == ErrorCode::malformed_file);
  CHECK_EQ(said.substr(0, path.size() + 2), path + ": ");
  if (said.find(file.message) == std::string::npos)
    test::fail_at(__FILE__, __LINE__, "said '", said, "', not '", file.message, "'");
  CHECK(said.find("download") != std::string::npos);
}

// A test for each.
const bool registered = [] {
  static const std::vector<Broken> all = broken_files();
  for (const Broken& file : all) test::cases().push_back({file.label.c_str(), [&file] { refused(file); }});
  return true;
}();

}  // namespace
