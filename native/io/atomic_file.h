// A file that is there whole or not at all: it grows under a temporary name in
// the same folder, reaches the disk, and then takes its name by rename. Readers,
// and mappings, of an older file of that name keep the older one.
#pragma once

#include <cstddef>
#include <string>

#include "io/file_descriptor.h"

namespace xling {

class AtomicFile {
 public:
  // Opens the temporary file. A folder that is not there is ERR_FILE_NOT_FOUND;
  // a name that belongs to a folder or device is ERR_FILE_FAILED. A symbolic
  // link of that name is replaced by commit(), not followed.
  explicit AtomicFile(std::string path);
  // Without commit() nothing stays, and an older file of that name is untouched.
  ~AtomicFile() { abandon(); }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& path() const noexcept { return path_; }

  // Appends. ERR_DISK_FULL or ERR_FILE_FAILED abandon the file: it can no longer become whole.
  void write(const void* data, size_t bytes);

  // Makes the file durable and visible under its name. Once; then nothing can be written.
  void commit();

 private:
  void require_open() const;
  void abandon() noexcept;
  [[noreturn]] void give_up(const char* doing);

  std::string path_, temporary_;
  FileDescriptor file_;
};

}  // namespace xling
