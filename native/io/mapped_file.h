// A file's bytes as memory, without reading them: pages come from the disk when
// they are first touched, and the system may take them back.
//
// A file that is cut while it is mapped turns reads beyond its new end into
// SIGBUS, which ends the process. span() looks at the file's size first, so what
// remains is a cut between that look and the reading. Whoever replaces a file by
// rename, as AtomicFile does, is safe: the mapping keeps the old one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "io/file_descriptor.h"

namespace xling {

class MappedFile {
 public:
  // A regular file; an empty one is allowed. ERR_FILE_NOT_FOUND if it is not
  // there, ERR_FILE_FAILED for a folder, a device or one that cannot be opened.
  explicit MappedFile(std::string path);

  const std::string& path() const noexcept { return path_; }
  size_t bytes() const noexcept { return bytes_; }
  // nullptr if the file is empty.
  const uint8_t* data() const noexcept { return map_.get(); }

  // `length` bytes at `offset`, where `what` stands: ERR_MALFORMED_FILE if the
  // file ends before them, ERR_FILE_FAILED if it was cut since it was opened.
  const uint8_t* span(size_t offset, size_t length, const std::string& what) const;

  // Gives back the memory of the whole pages within the range; they are read
  // again if touched again. What lies outside the file is ignored.
  void forget(size_t offset, size_t length) const noexcept;

 private:
  struct Unmap {
    size_t bytes;
    void operator()(const uint8_t* address) const noexcept;
  };

  std::string path_;
  FileDescriptor file_;
  size_t bytes_ = 0;
  std::unique_ptr<const uint8_t, Unmap> map_;
};

}  // namespace xling
