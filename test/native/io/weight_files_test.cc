#include "io/weight_files.h"

#include "check.h"
#include "io/gguf.h"
#include "io/gguf_bytes.h"
#include "io/safetensors.h"
#include "io/safetensors_bytes.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using test::safetensors_bytes;
using test::TemporaryFolder;

std::string shard(const TemporaryFolder& folder, const char* file, const std::string& name, char byte) {
  return folder.put(file,
                    safetensors_bytes("{\"" + name + R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", {byte}));
}

char byte_of(const WeightFiles& files, const char* name) {
  const auto* weight = files.find(name);
  return static_cast<char>(weight->file->data(*weight->tensor)[0]);
}

TEST("weight files: the tensors of all files, found by name, also after a move") {
  const TemporaryFolder folder;
  std::vector<std::string> paths;
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    paths.push_back(shard(folder, number.c_str(), "w" + number, static_cast<char>('a' + i)));
  }
  paths.push_back(folder.put("none", safetensors_bytes("{}")));
  WeightFiles first(paths);
  const WeightFiles files(std::move(first));
  CHECK_EQ(files.files().size(), size_t{21});
  CHECK_EQ(files.weights().size(), size_t{20});
  for (int i = 0; i < 20; ++i) {
    const std::string name = "w" + std::to_string(i);
    CHECK_EQ(byte_of(files, name.c_str()), static_cast<char>('a' + i));
    CHECK_EQ(files.find(name)->file->path(), paths[static_cast<size_t>(i)]);
  }
  CHECK(files.find("w") == nullptr);
}

TEST("weight files: a name in two files is an error that names both") {
  const TemporaryFolder folder;
  const std::vector<std::string> paths = {shard(folder, "one", "w", '1'), shard(folder, "two", "v", '2'),
                                          shard(folder, "three", "w", '3')};
  CHECK_THROWS(ErrorCode::malformed_file, paths[2] + ": byte 61: tensor \"w\" is in " + paths[0] + " too; remove",
               WeightFiles{paths});
  CHECK_THROWS(ErrorCode::malformed_file, "is in " + paths[1] + " too", WeightFiles({paths[1], paths[1]}));
}

TEST("weight files: files of several formats, opened already") {
  const TemporaryFolder folder;
  const std::string gguf = folder.put("g", test::gguf_bytes({}, {test::tensor_entry("w", {1}, 24, 0)}, "g"));
  const std::string safetensors = shard(folder, "s", "v", 's');
  const auto both = [&](const std::string& second) {
    std::vector<std::unique_ptr<TensorFile>> files;
    files.push_back(std::make_unique<Gguf>(gguf));
    files.push_back(std::make_unique<Safetensors>(second));
    return WeightFiles(std::move(files));
  };
  const WeightFiles files = both(safetensors);
  CHECK_EQ(byte_of(files, "w"), 'g');
  CHECK_EQ(byte_of(files, "v"), 's');
  CHECK_EQ(files.find("w")->file->path(), gguf);
  CHECK_EQ(files.files()[1]->path(), safetensors);
  CHECK_THROWS(ErrorCode::malformed_file, "tensor \"w\" is in " + gguf + " too; remove", both(shard(folder, "t", "w", 't')));
  CHECK_THROWS(ErrorCode::invalid_argument, "no file of weights", WeightFiles(std::vector<std::unique_ptr<TensorFile>>()));
}

TEST("weight files: none, one that is missing, one that is broken") {
  const TemporaryFolder folder;
  const std::string good = shard(folder, "one", "w", '1'), broken = folder.put("broken", "{}");
  CHECK_THROWS(ErrorCode::invalid_argument, "no file of weights was named", WeightFiles(std::vector<std::string>{}));
  CHECK_THROWS(ErrorCode::file_not_found, "two: cannot open", WeightFiles({good, folder / "two"}));
  CHECK_THROWS(ErrorCode::malformed_file, "broken: the header's length", WeightFiles({good, broken}));
}

}  // namespace
