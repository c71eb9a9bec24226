// The files that a model's weights are spread over, seen as one set of tensors.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace xling {

class WeightFiles {
 public:
  // A tensor and the file that holds it: weight.file->data(*weight.tensor).
  struct Weight {
    const Safetensors* file;
    const SafetensorsTensor* tensor;
  };

  // Besides Safetensors' errors, ERR_MALFORMED_FILE for a name that stands in
  // two files, naming both, and ERR_INVALID_ARGUMENT for no file at all.
  explicit WeightFiles(const std::vector<std::string>& paths);
  WeightFiles(WeightFiles&&) noexcept = default;
  WeightFiles& operator=(WeightFiles&&) noexcept = default;

  // In the order of the paths.
  const std::vector<Safetensors>& files() const noexcept { return files_; }
  // By name, sorted.
  const std::map<std::string_view, Weight>& weights() const noexcept { return weights_; }
  // nullptr if no file has a tensor of that name.
  const Weight* find(std::string_view name) const noexcept;

 private:
  std::vector<Safetensors> files_;
  std::map<std::string_view, Weight> weights_;
};

}  // namespace xling
