// A file of tensors, mapped: what all formats have in common. A format's own
// class finds the tensors and sees to it that they lie within the file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"
#include "io/stored_tensor.h"

namespace xling {

class TensorFile {
 public:
  virtual ~TensorFile() = default;

  const std::string& path() const noexcept { return file_.path(); }
  // In the order of their bytes. They stay where they are when this is moved.
  const std::vector<StoredTensor>& tensors() const noexcept { return tensors_; }
  // nullptr if there is none of that name.
  const StoredTensor* find(std::string_view name) const noexcept;

  // One of tensors(): its bytes, of any alignment, valid while this lives.
  // ERR_FILE_FAILED if the file was cut since it was opened.
  const uint8_t* data(const StoredTensor& tensor) const;
  // How the engine reads those bytes; ERR_UNSUPPORTED_FILE if it does not.
  Storage storage(const StoredTensor& tensor) const;
  // Gives back the memory of the pages that are this tensor's alone.
  void forget(const StoredTensor& tensor) const noexcept { file_.forget(tensor.offset, tensor.bytes); }

 protected:
  // `tensors`: no two of one name, all within the file. `advice`: what to do
  // about a tensor of a type that the engine does not read.
  TensorFile(MappedFile file, std::vector<StoredTensor> tensors, std::string advice);
  TensorFile(TensorFile&&) noexcept = default;
  TensorFile& operator=(TensorFile&&) noexcept = default;

  const MappedFile& file() const noexcept { return file_; }

 private:
  MappedFile file_;
  std::vector<StoredTensor> tensors_;
  std::string advice_;
  std::map<std::string_view, const StoredTensor*> by_name_;
};

}  // namespace xling
