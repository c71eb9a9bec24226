// A GGUF file of version 2 or 3, little-endian, opened for reading: metadata, and
// tensors in ggml's types (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
// The bytes are mapped, not read; metadata stay where they are until asked for.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/gguf_cursor.h"
#include "io/gguf_header.h"
#include "io/tensor_file.h"

namespace xling {

class Gguf final : public TensorFile {
 public:
  // Besides MappedFile's errors those of read_gguf_header().
  explicit Gguf(std::string path) : Gguf(MappedFile(std::move(path))) {}

  // By key.
  const std::map<std::string, GgufValue>& metadata() const noexcept { return metadata_; }
  // What tensors begin at multiples of.
  uint64_t alignment() const noexcept { return alignment_; }

  // The rest takes one of metadata()'s values. ERR_INVALID_ARGUMENT if it is of
  // another type than the function is for; ERR_FILE_FAILED if the file was cut
  // since it was opened. Errors name the key, and of an array the item.

  // Any number. ERR_UNSUPPORTED_FILE for a u64 or i64 beyond ±2^53, of which a
  // double does not hold all. Floats can be infinite or NaN.
  double number(const GgufValue& value) const;
  bool boolean(const GgufValue& value) const;
  // Valid while this lives. ERR_MALFORMED_FILE if it is not UTF-8.
  std::string_view text(const GgufValue& value) const;
  // The items of an array of numbers, as number() has them, or of booleans, 0 and 1.
  std::vector<double> numbers(const GgufValue& value) const;
  // Calls `item` with each of an array of strings in turn, as text() has them.
  void texts(const GgufValue& value, const std::function<void(std::string_view)>& item) const;

 private:
  explicit Gguf(MappedFile&& file);
  Gguf(MappedFile&& file, GgufHeader&& header);

  GgufCursor cursor_at(const GgufValue& value, bool fits, const char* wanted) const;

  std::map<std::string, GgufValue> metadata_;
  uint64_t alignment_;
};

}  // namespace xling
