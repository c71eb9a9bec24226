#include "io/weight_files.h"

#include "core/error.h"
#include "io/safetensors.h"
#include "io/shown.h"

namespace xling {

namespace {

std::vector<std::unique_ptr<TensorFile>> opened(const std::vector<std::string>& paths) {
  std::vector<std::unique_ptr<TensorFile>> files;
  for (const auto& path : paths) files.push_back(std::make_unique<Safetensors>(path));
  return files;
}

}  // namespace

WeightFiles::WeightFiles(const std::vector<std::string>& paths) : WeightFiles(opened(paths)) {}

WeightFiles::WeightFiles(std::vector<std::unique_ptr<TensorFile>> files) : files_(std::move(files)) {
  if (files_.empty()) fail(ErrorCode::invalid_argument, "no file of weights was named; give at least one");
  for (const auto& file : files_)
    for (const auto& tensor : file->tensors()) {
      const auto [place, added] = weights_.emplace(tensor.name, Weight{file.get(), &tensor});
      if (!added)
        fail(ErrorCode::malformed_file, file->path(), ": byte ", tensor.offset, ": tensor ", shown(tensor.name),
             " is in ", place->second.file->path(), " too; remove one of the files, or download the model again");
    }
}

const WeightFiles::Weight* WeightFiles::find(std::string_view name) const noexcept {
  const auto found = weights_.find(name);
  return found == weights_.end() ? nullptr : &found->second;
}

}  // namespace xling
