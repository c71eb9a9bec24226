#include "io/safetensors_writer.h"

#include "check.h"
#include "io/safetensors.h"
#include "io/safetensors_bytes.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using test::read_file;
using test::TemporaryFolder;
using Dtype = SafetensorsDtype;
using Metadata = std::map<std::string, std::string>;

void append(SafetensorsWriter& writer, const char* name, const std::string& bytes) {
  writer.append(name, bytes.data(), bytes.size());
}

TEST("safetensors writer: the file is this one, to the byte") {
  const TemporaryFolder folder;
  SafetensorsWriter writer(
      folder / "m", {{"b", Dtype::f32, {1, 2}}, {"a", Dtype::bf16, {}}, {"none", Dtype::f32, {0}}, {"c", Dtype::u8, {3}}},
      {{"format", "pt"}});
  append(writer, "b", "BBBBbbbb");
  append(writer, "a", "AA");
  append(writer, "c", "ccc");
  writer.commit();
  const std::string header = R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                             R"("a":{"dtype":"BF16","shape":[],"data_offsets":[8,10]},)"
                             R"("none":{"dtype":"F32","shape":[0],"data_offsets":[10,10]},)"
                             R"("c":{"dtype":"U8","shape":[3],"data_offsets":[10,13]}})";
  CHECK_EQ(header.size(), size_t{253});
  CHECK_EQ(read_file(folder / "m"), std::string("\0\1\0\0\0\0\0\0", 8) + header + "   " + "BBBBbbbbAAccc");
}

TEST("safetensors writer: no tensors and no metadata make the smallest file") {
  const TemporaryFolder folder;
  SafetensorsWriter(folder / "m", {}, {}).commit();
  CHECK_EQ(read_file(folder / "m"), std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
  CHECK(Safetensors(folder / "m").tensors().empty());
}

TEST("safetensors writer: what it writes is read back, odd names and metadata too, whatever pieces it came in") {
  const TemporaryFolder folder;
  const std::vector<std::string> names = {
      "plain", "", "quo\"te\\", "\x01\x1f\n\x7f", "h\xc3\xa4\xf0\x9f\x98\x80", "{\"x\":1}", "__metadata"};
  std::vector<SafetensorsEntry> entries;
  for (const auto& name : names) entries.push_back({name, Dtype::u8, {static_cast<int64_t>(name.size()), 1}});
  const Metadata metadata = {{"format", "pt"}, {"", "\"\\\n\x02"}, {"h\xc3\xa4", std::string("nul\0", 4)}};
  SafetensorsWriter writer(folder / "m", entries, metadata);
  for (const auto& name : names)
    for (const char piece : name) writer.append(name, &piece, 1);
  writer.commit();
  const Safetensors file(folder / "m");
  CHECK(file.metadata() == metadata);
  CHECK_EQ(file.tensors().size(), names.size());
  for (const auto& name : names) {
    const StoredTensor* tensor = file.find(name);
    CHECK(tensor && tensor->shape == (std::vector<int64_t>{static_cast<int64_t>(name.size()), 1}));
    CHECK_EQ(std::string(reinterpret_cast<const char*>(file.data(*tensor)), tensor->bytes), name);
  }
  CHECK_EQ(file.tensors()[0].offset % 8, size_t{0});
}

TEST("safetensors writer: every dtype is written by its name and size") {
  const TemporaryFolder folder;
  std::vector<SafetensorsEntry> entries;
  for (int32_t number = 0; number <= static_cast<int32_t>(Dtype::f4); ++number)
    entries.push_back({name_of(static_cast<Dtype>(number)), static_cast<Dtype>(number), {4, 2}});
  SafetensorsWriter writer(folder / "m", entries, {});
  for (const auto& entry : entries)
    append(writer, entry.name.c_str(), std::string(*dense_bits(entry.dtype, {1}), 'x'));  // 8 elements
  writer.commit();
  const Safetensors file(folder / "m");
  CHECK_EQ(file.tensors().size(), entries.size());
  for (const auto& tensor : file.tensors()) CHECK_EQ(tensor.name, std::string(tensor.type));
}

TEST("safetensors writer: it replaces a file when it is whole, and leaves nothing before") {
  const TemporaryFolder folder;
  folder.put("m", "before");
  {
    SafetensorsWriter writer(folder / "m", {{"a", Dtype::u8, {2}}}, {});
    append(writer, "a", "x");
    CHECK_THROWS(ErrorCode::invalid_shape, "m: tensor \"a\" has 1 of its 2 bytes; append the rest", writer.commit());
  }
  CHECK(folder.names() == std::set<std::string>{"m"});
  CHECK_EQ(read_file(folder / "m"), "before"s);
  SafetensorsWriter writer(folder / "m", {{"a", Dtype::u8, {2}}}, {});
  append(writer, "a", "xy");
  writer.commit();
  CHECK_EQ(Safetensors(folder / "m").tensors().size(), size_t{1});
  CHECK_THROWS(ErrorCode::internal, "already committed", writer.commit());
}

TEST("safetensors writer: each tensor gets exactly its bytes, in its turn") {
  const TemporaryFolder folder;
  SafetensorsWriter writer(
      folder / "m", {{"e", Dtype::f32, {0}}, {"a", Dtype::u8, {2}}, {"b", Dtype::u8, {1}}, {"z", Dtype::u8, {0}}}, {});
  CHECK_THROWS(ErrorCode::invalid_argument, "m: it is not the turn of tensor \"b\": \"a\" has 0 of its 2 bytes",
               append(writer, "b", "x"));
  CHECK_THROWS(ErrorCode::invalid_shape, "tensor \"a\" has 2 bytes; 0 and now 3 more are too many",
               append(writer, "a", "xyz"));
  append(writer, "a", "x");
  CHECK_THROWS(ErrorCode::invalid_shape, "1 and now 2 more are too many", append(writer, "a", "yz"));
  CHECK_THROWS(ErrorCode::invalid_argument, "\"a\" has 1 of its 2 bytes; append in the declared order",
               append(writer, "b", "x"));
  append(writer, "a", "");
  append(writer, "a", "y");
  CHECK_THROWS(ErrorCode::invalid_shape, "2 and now 1 more", append(writer, "a", "z"));
  CHECK_THROWS(ErrorCode::invalid_shape, "tensor \"b\" has 0 of its 1 bytes", writer.commit());
  CHECK_THROWS(ErrorCode::invalid_argument, "not the turn of tensor \"a\"", append(writer, "a", ""));
  append(writer, "b", "b");
  append(writer, "z", "");
  CHECK_THROWS(ErrorCode::invalid_argument, "not the turn of tensor \"b\": all declared", append(writer, "b", ""));
  CHECK_THROWS(ErrorCode::invalid_argument, "not the turn of tensor \"q\"", append(writer, "q", ""));
  writer.commit();
  const std::string bytes = read_file(folder / "m");
  CHECK_EQ(bytes.substr(bytes.size() - 3), "xyb"s);
}

TEST("safetensors writer: declarations that make no file are refused, and leave none") {
  const TemporaryFolder folder;
  const auto declare = [&](const std::vector<SafetensorsEntry>& entries, const Metadata& metadata = {}) {
    SafetensorsWriter(folder / "m", entries, metadata);
  };
  const auto one = [&](const std::string& name, std::vector<int64_t> shape, Dtype dtype = Dtype::u8) {
    declare({{name, dtype, shape}});
  };
  CHECK_THROWS(ErrorCode::invalid_argument, "m: tensor \"a\" is declared twice",
               declare({{"a", Dtype::u8, {1}}, {"a", Dtype::f32, {1}}}));
  CHECK_THROWS(ErrorCode::invalid_argument, "m: no tensor can be named \"__metadata__\"", one("__metadata__", {1}));
  CHECK_THROWS(ErrorCode::invalid_argument, "m: the tensor name \"a\\xff\" is not UTF-8 at byte 1", one("a\xff", {1}));
  CHECK_THROWS(ErrorCode::invalid_argument, "\"a\\x00\" has a NUL character", one(std::string("a\0", 2), {1}));
  CHECK_THROWS(ErrorCode::invalid_argument, "the metadata key \"\\xc3\" is not UTF-8", declare({}, {{"\xc3", ""}}));
  CHECK_THROWS(ErrorCode::invalid_argument, "the metadata \"\\xc3\" is not UTF-8", declare({}, {{"a", "\xc3"}}));
  CHECK_THROWS(ErrorCode::invalid_shape, "m: tensor \"a\" has the dimension -1", one("a", {2, -1}));
  CHECK_THROWS(ErrorCode::invalid_shape, "tensor \"a\" is too large as U8", one("a", {int64_t{1} << 40, int64_t{1} << 40}));
  CHECK_THROWS(ErrorCode::invalid_shape, "tensor \"a\" is no whole number of bytes as F4", one("a", {3}, Dtype::f4));
  const int64_t much = (int64_t{1} << 61) - 1;  // nine of these are more than 2^64 bytes
  std::vector<SafetensorsEntry> nine;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) nine.push_back({name, Dtype::u8, {much}});
  CHECK_THROWS(ErrorCode::invalid_shape, "a safetensors file's size", declare(nine));
  // Each of these is six bytes in the header.
  CHECK_THROWS(ErrorCode::invalid_argument, "make a header of 100000032 bytes, and 100000000 is the most",
               declare({}, {{"a", std::string(16'666'667, '\1')}}));
  CHECK(folder.names().empty());
}

}  // namespace
