#include "io/weight_files.h"

#include "core/error.h"
#include "io/shown.h"

namespace xling {

WeightFiles::WeightFiles(const std::vector<std::string>& paths) {
  if (paths.empty()) fail(ErrorCode::invalid_argument, "no file of weights was named; give at least one");
  for (const auto& path : paths) files_.emplace_back(path);
  for (const auto& file : files_)
    for (const auto& tensor : file.tensors()) {
      const auto [place, added] = weights_.emplace(tensor.name, Weight{&file, &tensor});
      if (!added)
        fail(ErrorCode::malformed_file, file.path(), ": byte ", tensor.offset, ": tensor ", shown(tensor.name), " is in ",
             place->second.file->path(), " too; remove one of the files, or download the model again");
    }
}

const WeightFiles::Weight* WeightFiles::find(std::string_view name) const noexcept {
  const auto found = weights_.find(name);
  return found == weights_.end() ? nullptr : &found->second;
}

}  // namespace xling
