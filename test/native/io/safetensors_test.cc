#include "io/safetensors.h"

#include <unistd.h>

#include "check.h"
#include "io/safetensors_bytes.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using test::safetensors_bytes;
using test::TemporaryFolder;

Safetensors opened(const TemporaryFolder& folder, const std::string& header, const std::string& data = "") {
  return Safetensors(folder.put("m.safetensors", safetensors_bytes(header, data)));
}

std::string bytes_of(const Safetensors& file, const char* name) {
  const StoredTensor& tensor = *file.find(name);
  return {reinterpret_cast<const char*>(file.data(tensor)), tensor.bytes};
}

TEST("safetensors: tensors come in the order of their bytes, whatever the header's order and white space") {
  const TemporaryFolder folder;
  // Eight bytes of length and 226 of header: the data begins at byte 234, a multiple of 2 only.
  const Safetensors file = opened(folder,
                                  R"({ "late" : { "shape" : [ 2 , 1 ] , "data_offsets" : [ 5 , 13 ] , "dtype" : "F32" } ,
 "__metadata__" : { "format" : "pt" , "" : "" } , "scalar" : { "dtype":"I8","shape":[],"data_offsets":[0,1]},
"early":{"dtype":"BF16","shape":[1,2,1],"data_offsets":[1,5]}} )"
                                  "\n\t ",
                                  "sEARLlatelate");
  CHECK_EQ(file.path(), folder / "m.safetensors");
  CHECK_EQ(file.tensors().size(), size_t{3});
  const size_t data = file.tensors()[0].offset;
  const auto is = [&](size_t i, const char* name, const char* type, std::vector<int64_t> shape, size_t offset) {
    const StoredTensor& tensor = file.tensors()[i];
    return tensor.name == name && tensor.type == std::string(type) && tensor.shape == shape && tensor.offset == data + offset &&
           file.find(name) == &tensor;
  };
  CHECK(is(0, "scalar", "I8", {}, 0));
  CHECK(is(1, "early", "BF16", {1, 2, 1}, 1));
  CHECK(is(2, "late", "F32", {2, 1}, 5));
  CHECK_EQ(bytes_of(file, "scalar"), "s"s);
  CHECK_EQ(bytes_of(file, "early"), "EARL"s);
  CHECK_EQ(bytes_of(file, "late"), "latelate"s);
  CHECK((file.metadata() == std::map<std::string, std::string>{{"", ""}, {"format", "pt"}}));
  CHECK(file.find("lat") == nullptr);
  CHECK(file.find("__metadata__") == nullptr);
}

TEST("safetensors: no tensors, no metadata, empty metadata") {
  const TemporaryFolder folder;
  for (const char* header : {"{}", "{}      ", R"({"__metadata__":{}})"}) {
    const Safetensors file = opened(folder, header);
    CHECK(file.tensors().empty() && file.metadata().empty() && !file.find(""));
  }
}

TEST("safetensors: tensors without elements stand anywhere between others, also at both ends") {
  const TemporaryFolder folder;
  const Safetensors file = opened(folder, R"({"end":{"dtype":"F32","shape":[0,4611686],"data_offsets":[4,4]},
    "b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}, "middle":{"dtype":"U8","shape":[3,0],"data_offsets":[2,2]},
    "a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}, "start":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}})",
                                  "aabb");
  std::string order;
  for (const auto& tensor : file.tensors()) order += tensor.name + "=" + bytes_of(file, tensor.name.c_str()) + " ";
  CHECK_EQ(order, "start= a=aa middle= b=bb end= "s);
}

TEST("safetensors: names of any characters, any rank") {
  const TemporaryFolder folder;
  std::string ones = "1";
  for (int i = 1; i < 1000; ++i) ones += ",1";
  const Safetensors file = opened(folder, R"({"":{"dtype":"U8","shape":[)" + ones + R"(],"data_offsets":[0,1]},
    "\u00e0 \ud83d\ude00\n\"":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                  "ab");
  CHECK_EQ(file.find("")->shape.size(), size_t{1000});
  CHECK_EQ(bytes_of(file, ""), "a"s);
  CHECK_EQ(bytes_of(file, "\xc3\xa0 \xf0\x9f\x98\x80\n\""), "b"s);
}

TEST("safetensors: it can be moved, its tensors stay where they are") {
  const TemporaryFolder folder;
  Safetensors first = opened(folder, R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "aa");
  const StoredTensor* const tensor = first.find("a");
  const Safetensors file(std::move(first));
  CHECK(file.find("a") == tensor);
  CHECK_EQ(bytes_of(file, "a"), "aa"s);
}

TEST("safetensors: any dtype can be listed, only what the engine reads has a storage") {
  const TemporaryFolder folder;
  const Safetensors file = opened(folder, R"({"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},
    "w":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"v":{"dtype":"F4","shape":[2],"data_offsets":[12,13]}})",
                                  "12345678wwww4");
  CHECK(file.storage(*file.find("w")) == Storage::f16);
  CHECK_THROWS(ErrorCode::unsupported_file,
               "m.safetensors: tensor \"ids\" is I64, which is not read as weights; save it as F32",
               file.storage(*file.find("ids")));
  CHECK_THROWS(ErrorCode::unsupported_file, "tensor \"v\" is F4", file.storage(*file.find("v")));
  CHECK_EQ(bytes_of(file, "ids"), "12345678"s);
}

TEST("safetensors: a file that was cut since is an error that names the tensor") {
  const TemporaryFolder folder;
  const Safetensors file = opened(folder, R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "aa");
  CHECK(truncate(file.path().c_str(), 20) == 0);
  CHECK_THROWS(ErrorCode::file_failed, "while tensor \"a\" was to be read", file.data(*file.find("a")));
}

TEST("safetensors: a file that is not there is not a broken one") {
  CHECK_THROWS(ErrorCode::file_not_found, "absent.safetensors", Safetensors("absent.safetensors"));
}

}  // namespace
