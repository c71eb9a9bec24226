#include "io/gguf.h"

#include <unistd.h>

#include "check.h"
#include "io/gguf_bytes.h"
#include "io/gguf_type.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using namespace test;
using Type = GgufValueType;

Gguf opened(const TemporaryFolder& folder, const std::string& bytes) { return Gguf(folder.put("m.gguf", bytes)); }

std::string bytes_of(const TensorFile& file, const char* name) {
  const StoredTensor& tensor = *file.find(name);
  return {reinterpret_cast<const char*>(file.data(tensor)), tensor.bytes};
}

TEST("gguf: tensors come in the order of their bytes, whatever the entries' order, gaps between them or not") {
  const TemporaryFolder folder;
  const std::string data = padded("first---") + std::string(32, '.') + padded("second--") + "third---";
  for (const uint32_t version : {2u, 3u}) {
    const std::string entries =
        tensor_entry("c", {8}, 24, 96) + tensor_entry("a", {2}, 0, 0) + tensor_entry("b", {4, 2}, 24, 64);
    const Gguf file = opened(folder, padded(gguf_start(3, 0, version) + entries) + data);
    CHECK_EQ(file.path(), folder / "m.gguf");
    std::string order;
    for (const auto& tensor : file.tensors()) {
      CHECK(file.find(tensor.name) == &tensor);
      CHECK_EQ(tensor.offset % 32, size_t{0});
      order += tensor.name + "=" + tensor.type + "=" + bytes_of(file, tensor.name.c_str()) + " ";
    }
    CHECK_EQ(order, "a=F32=first--- b=I8=second-- c=I8=third--- "s);
    CHECK(file.find("") == nullptr && file.find("d") == nullptr);
  }
}

TEST("gguf: shapes are the entry's dimensions turned round, up to four; none is a scalar") {
  const TemporaryFolder folder;
  const Gguf file =
      opened(folder, gguf_bytes({},
                                {tensor_entry("0", {}, 24, 0), tensor_entry("1", {3}, 24, 32),
                                 tensor_entry("2", {5, 2}, 24, 64), tensor_entry("4", {2, 1, 3, 4}, 24, 96)},
                                std::string(120, 'x')));
  CHECK(file.find("0")->shape.empty() && file.find("0")->bytes == 1);
  CHECK((file.find("1")->shape == std::vector<int64_t>{3}));
  CHECK((file.find("2")->shape == std::vector<int64_t>{2, 5}));
  CHECK((file.find("4")->shape == std::vector<int64_t>{4, 3, 1, 2}));
  CHECK_EQ(file.find("4")->bytes, size_t{24});
}

TEST("gguf: every type's tensor has its blocks' bytes, to the file's last; only what the engine reads has a storage") {
  const TemporaryFolder folder;
  size_t types = 0, read = 0;
  for (uint32_t number = 0; number < 100; ++number) {
    const GgufType* const type = find_gguf_type(number);
    if (!type) continue;
    ++types;
    const size_t bytes = 2 * 3 * type->bytes_per_block;  // rows of two blocks, three of them
    const auto entries = {tensor_entry("w", {2 * type->elements_per_block, 3}, number, 0)};
    const Gguf file = opened(folder, gguf_bytes({}, entries, std::string(bytes, 'x')));
    CHECK_EQ(file.find("w")->bytes, bytes);
    CHECK_EQ(std::string(file.find("w")->type), std::string(type->name));
    CHECK_EQ(bytes_of(file, "w"), std::string(bytes, 'x'));
    CHECK(file.find("w")->storage == type->storage);
    if (type->storage) {
      CHECK(file.storage(*file.find("w")) == *type->storage);
      ++read;
    } else {
      CHECK_THROWS(ErrorCode::unsupported_file,
                   "m.gguf: tensor \"w\" is " + std::string(type->name) + ", which is not read as weights; quantise",
                   file.storage(*file.find("w")));
    }
    CHECK_THROWS(ErrorCode::malformed_file, "tensor \"w\": should be " + std::to_string(bytes) + " bytes, 0 behind",
                 opened(folder, gguf_bytes({}, entries, std::string(bytes - 1, 'x'))));
  }
  CHECK_EQ(types, size_t{34});
  CHECK_EQ(read, size_t{11});
}

TEST("gguf: data begin at the next multiple of the alignment, which is 32 if the file does not say") {
  const TemporaryFolder folder;
  for (const size_t alignment : {8, 24, 32, 64, 4096})
    for (size_t length = 1; length <= 64; ++length) {  // the entries end at any byte of an alignment
      std::vector<std::string> keys = {key_value("k", Type::string, counted(std::string(length, 'x')))};
      if (alignment != 32) keys.push_back(key_value("general.alignment", Type::u32, u32(alignment)));
      const std::string whole = gguf_bytes(keys, {tensor_entry("b", {1}, 24, alignment), tensor_entry("a", {3}, 24, 0)},
                                           padded("aaa", alignment) + "b", alignment);
      const Gguf file = opened(folder, whole);
      CHECK_EQ(file.alignment(), uint64_t{alignment});
      CHECK_EQ(file.find("a")->offset % alignment, size_t{0});
      CHECK_EQ(bytes_of(file, "a") + bytes_of(file, "b"), "aaab"s);
    }
}

TEST("gguf: no tensors, no key-values, neither; what follows the last tensor is padding") {
  const TemporaryFolder folder;
  const Gguf neither = opened(folder, gguf_bytes({}, {}));
  CHECK(neither.tensors().empty() && neither.metadata().empty() && !neither.find(""));
  CHECK_EQ(neither.alignment(), uint64_t{32});
  const Gguf vocabulary = opened(folder, gguf_bytes({key_array("k", Type::string, {})}, {}));
  CHECK(vocabulary.tensors().empty() && vocabulary.metadata().size() == 1);
  const Gguf bare = opened(folder, gguf_bytes({}, {tensor_entry("w", {4}, 24, 0)}, padded("wwww", 4096)));
  CHECK_EQ(bytes_of(bare, "w"), "wwww"s);
}

TEST("gguf: one file of one is no split model") {
  const TemporaryFolder folder;
  CHECK_EQ(opened(folder, gguf_bytes({key_value("split.count", Type::u16, u16(1))}, {})).metadata().size(), size_t{1});
  CHECK_EQ(opened(folder, gguf_bytes({key_value("split.count", Type::u16, u16(0))}, {})).metadata().size(), size_t{1});
}

TEST("gguf: it can be moved, its tensors and texts stay where they are") {
  const TemporaryFolder folder;
  Gguf first =
      opened(folder, gguf_bytes({key_value("k", Type::string, counted("text"))}, {tensor_entry("a", {2}, 24, 0)}, "aa"));
  const StoredTensor* const tensor = first.find("a");
  const std::string_view text = first.text(first.metadata().at("k"));
  const Gguf file(std::move(first));
  CHECK(file.find("a") == tensor);
  CHECK_EQ(bytes_of(file, "a"), "aa"s);
  CHECK(text == "text" && file.text(file.metadata().at("k")).data() == text.data());
}

TEST("gguf: what was forgotten is read again") {
  const TemporaryFolder folder;
  std::string data;
  for (int i = 0; i < 5 * 4096; ++i) data += static_cast<char>(i * i % 251);
  const Gguf file = opened(folder, gguf_bytes({}, {tensor_entry("a", {data.size()}, 24, 0)}, data));
  for (int i = 0; i < 2; ++i) {
    CHECK(bytes_of(file, "a") == data);
    file.forget(*file.find("a"));
  }
  CHECK(bytes_of(file, "a") == data);
}

TEST("gguf: a file that was cut since is an error that names the tensor or the key") {
  const TemporaryFolder folder;
  const Gguf file =
      opened(folder, gguf_bytes({key_value("k", Type::u32, u32(7))}, {tensor_entry("a", {2}, 24, 0)}, "aa"));
  CHECK(truncate(file.path().c_str(), 20) == 0);
  CHECK_THROWS(ErrorCode::file_failed, "while tensor \"a\" was to be read", file.data(*file.find("a")));
  CHECK_THROWS(ErrorCode::file_failed, "while key \"k\" was to be read", file.number(file.metadata().at("k")));
}

TEST("gguf: a file that is not there is not a broken one") {
  CHECK_THROWS(ErrorCode::file_not_found, "absent.gguf", Gguf("absent.gguf"));
}

}  // namespace
