// A safetensors file, opened for reading: eight bytes that give the header's
// length (little-endian), the header, then the tensors' bytes, little-endian and
// row-major. The bytes are mapped, not read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"
#include "io/safetensors_header.h"

namespace xling {

class Safetensors {
 public:
  // Besides MappedFile's errors, ERR_MALFORMED_FILE for a file that breaks the
  // format anywhere but in the tensors' values, which are not looked at.
  explicit Safetensors(std::string path);

  const std::string& path() const noexcept { return file_.path(); }
  // In the order of their bytes. They stay where they are when this is moved.
  const std::vector<SafetensorsTensor>& tensors() const noexcept { return header_.tensors; }
  const std::map<std::string, std::string>& metadata() const noexcept { return header_.metadata; }
  // nullptr if there is none of that name.
  const SafetensorsTensor* find(std::string_view name) const noexcept;

  // One of tensors(): its bytes, of any alignment, valid while this lives.
  // ERR_FILE_FAILED if the file was cut since it was opened.
  const uint8_t* data(const SafetensorsTensor& tensor) const;
  // How the engine reads those bytes; ERR_UNSUPPORTED_FILE if it does not.
  Storage storage(const SafetensorsTensor& tensor) const;
  // Gives back the memory of the pages that are this tensor's alone.
  void forget(const SafetensorsTensor& tensor) const noexcept { file_.forget(tensor.offset, tensor.bytes); }

 private:
  MappedFile file_;
  SafetensorsHeader header_;
  std::map<std::string_view, const SafetensorsTensor*> by_name_;
};

}  // namespace xling
