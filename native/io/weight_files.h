// The files that a model's weights are spread over, seen as one set of tensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/tensor_file.h"

namespace xling {

class WeightFiles {
 public:
  // A tensor and the file that holds it: weight.file->data(*weight.tensor).
  struct Weight {
    const TensorFile* file;
    const StoredTensor* tensor;
  };

  // Safetensors files. Besides Safetensors' errors, ERR_MALFORMED_FILE for a name that
  // stands in two files, naming both, and ERR_INVALID_ARGUMENT for no file at all.
  explicit WeightFiles(const std::vector<std::string>& paths);
  // Files of any format, opened already; none is nullptr. The same errors.
  explicit WeightFiles(std::vector<std::unique_ptr<TensorFile>> files);

  // In the order they were given.
  const std::vector<std::unique_ptr<TensorFile>>& files() const noexcept { return files_; }
  // By name, sorted.
  const std::map<std::string_view, Weight>& weights() const noexcept { return weights_; }
  // nullptr if no file has a tensor of that name.
  const Weight* find(std::string_view name) const noexcept;

 private:
  std::vector<std::unique_ptr<TensorFile>> files_;
  std::map<std::string_view, Weight> weights_;
};

}  // namespace xling
