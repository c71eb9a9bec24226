#include "io/tensor_file.h"

#include "core/error.h"
#include "io/shown.h"

namespace xling {

TensorFile::TensorFile(MappedFile file, std::vector<StoredTensor> tensors, std::string advice)
    : file_(std::move(file)), tensors_(std::move(tensors)), advice_(std::move(advice)) {
  for (const auto& tensor : tensors_) by_name_.emplace(tensor.name, &tensor);
}

const StoredTensor* TensorFile::find(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const uint8_t* TensorFile::data(const StoredTensor& tensor) const {
  return file_.span(tensor.offset, tensor.bytes, "tensor " + shown(tensor.name));
}

Storage TensorFile::storage(const StoredTensor& tensor) const {
  if (!tensor.storage)
    fail(ErrorCode::unsupported_file, path(), ": tensor ", shown(tensor.name), " is ", tensor.type,
         ", which is not read as weights; ", advice_);
  return *tensor.storage;
}

}  // namespace xling
