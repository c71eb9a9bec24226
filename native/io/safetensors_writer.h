// Writes a safetensors file: all tensors are declared first, then their bytes
// are appended in that order. The file appears only when it is whole.
//
// Readers that use the bytes where they are want a tensor to begin at a multiple
// of its element's size. The data begins at a multiple of 8, so declare wide
// elements before narrow ones (F32, then BF16, then U8) where they are mixed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/atomic_file.h"
#include "io/safetensors_dtype.h"

namespace xling {

struct SafetensorsEntry {
  std::string name;
  SafetensorsDtype dtype = SafetensorsDtype::f32;
  std::vector<int64_t> shape;  // row-major, outermost first; empty: a scalar
};

class SafetensorsWriter {
 public:
  // Besides AtomicFile's errors: ERR_INVALID_ARGUMENT for a name that stands
  // twice, is "__metadata__", or is not UTF-8 without NUL, and for metadata that
  // is not UTF-8 or needs more than the 100 MB that a header may have;
  // ERR_INVALID_SHAPE for a negative dimension or a size that overflows.
  SafetensorsWriter(std::string path, const std::vector<SafetensorsEntry>& entries,
                    const std::map<std::string, std::string>& metadata);

  // Bytes of the tensor whose turn it is, little-endian, all at once or piece by
  // piece. ERR_INVALID_ARGUMENT if it is another one's turn, ERR_INVALID_SHAPE
  // for more bytes than it has.
  void append(const std::string& name, const void* data, size_t bytes);

  // ERR_INVALID_SHAPE if bytes are missing; else the file is there.
  void commit();

 private:
  struct Turn {
    std::string name;
    size_t bytes;
  };

  const Turn* turn(const std::string& name);

  std::vector<Turn> turns_;
  size_t current_ = 0;
  size_t appended_ = 0;  // of the current one's bytes
  AtomicFile file_;
};

}  // namespace xling
