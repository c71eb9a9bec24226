// A safetensors file, opened for reading: eight bytes that give the header's
// length (little-endian), the header, then the tensors' bytes, little-endian and
// row-major. The bytes are mapped, not read.
#pragma once

#include <map>
#include <string>

#include "io/safetensors_header.h"
#include "io/tensor_file.h"

namespace xling {

class Safetensors final : public TensorFile {
 public:
  // Besides MappedFile's errors, ERR_MALFORMED_FILE for a file that breaks the
  // format anywhere but in the tensors' values, which are not looked at.
  explicit Safetensors(std::string path) : Safetensors(MappedFile(std::move(path))) {}

  const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }

 private:
  explicit Safetensors(MappedFile&& file);
  Safetensors(MappedFile&& file, SafetensorsHeader&& header);

  std::map<std::string, std::string> metadata_;
};

}  // namespace xling
