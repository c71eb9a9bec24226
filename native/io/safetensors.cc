#include "io/safetensors.h"

#include "core/error.h"
#include "io/shown.h"

namespace xling {

namespace {

std::string_view text_at(const MappedFile& file, size_t offset, size_t length, const char* what) {
  return {reinterpret_cast<const char*>(file.span(offset, length, what)), length};
}

uint64_t little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

SafetensorsHeader read_header(const MappedFile& file) {
  constexpr std::string_view pointer = "version https://git-lfs";
  if (file.bytes() >= pointer.size() && text_at(file, 0, pointer.size(), "its first line") == pointer)
    fail(ErrorCode::malformed_file, file.path(), ": byte 0: is a pointer of Git LFS, not the file it stands for; ",
         "run 'git lfs pull' or download the file itself");
  const uint64_t length = little_endian(text_at(file, 0, 8, "the header's length"));
  if (length > safetensors_max_header)
    fail(ErrorCode::malformed_file, file.path(), ": byte 0: the header is ", length, " bytes long, more than ",
         safetensors_max_header, ", or this is no safetensors file; download or save it again");
  const std::string_view text = text_at(file, 8, length, "the header");
  return read_safetensors_header(text, file.bytes() - 8 - length, file.path());
}

}  // namespace

Safetensors::Safetensors(std::string path) : file_(std::move(path)), header_(read_header(file_)) {
  for (const auto& tensor : header_.tensors) by_name_.emplace(tensor.name, &tensor);
}

const SafetensorsTensor* Safetensors::find(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const uint8_t* Safetensors::data(const SafetensorsTensor& tensor) const {
  return file_.span(tensor.offset, tensor.bytes, "tensor " + shown(tensor.name));
}

Storage Safetensors::storage(const SafetensorsTensor& tensor) const {
  const auto storage = storage_of(tensor.dtype);
  if (!storage)
    fail(ErrorCode::unsupported_file, path(), ": tensor ", shown(tensor.name), " is ", name_of(tensor.dtype),
         ", which is not read as weights; save it as F32, BF16 or F16");
  return *storage;
}

}  // namespace xling
