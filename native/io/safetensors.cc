#include "io/safetensors.h"

#include "core/error.h"
#include "io/git_lfs.h"
#include "io/little_endian.h"

namespace xling {

namespace {

std::string_view text_at(const MappedFile& file, size_t offset, size_t length, const char* what) {
  return {reinterpret_cast<const char*>(file.span(offset, length, what)), length};
}

SafetensorsHeader read_header(const MappedFile& file) {
  refuse_git_lfs_pointer(text_at(file, 0, file.bytes(), "its text"), file.path());
  const uint64_t length = little_endian(text_at(file, 0, 8, "the header's length"));
  if (length > safetensors_max_header)
    fail(ErrorCode::malformed_file, file.path(), ": byte 0: the header is ", length, " bytes long, more than ",
         safetensors_max_header, ", or this is no safetensors file; download or save it again");
  const std::string_view text = text_at(file, 8, length, "the header");
  return read_safetensors_header(text, file.bytes() - 8 - length, file.path());
}

}  // namespace

// Neither argument is a copy, so the header is read from the file before that is moved.
Safetensors::Safetensors(MappedFile&& file) : Safetensors(std::move(file), read_header(file)) {}

Safetensors::Safetensors(MappedFile&& file, SafetensorsHeader&& header)
    : TensorFile(std::move(file), std::move(header.tensors), "save it as F32, BF16 or F16"),
      metadata_(std::move(header.metadata)) {}

}  // namespace xling
