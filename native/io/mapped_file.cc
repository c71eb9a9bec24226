#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "io/file_error.h"

namespace xling {

namespace {

struct stat status_of(const FileDescriptor& file, const std::string& path) {
  struct stat status;
  if (fstat(file.number(), &status) != 0) fail_file(path, "read its size", errno);
  return status;
}

}  // namespace

void MappedFile::Unmap::operator()(const uint8_t* address) const noexcept { munmap(const_cast<uint8_t*>(address), bytes); }

MappedFile::MappedFile(std::string path) : path_(std::move(path)) {
  // Without O_NONBLOCK a named pipe would wait for a writer.
  file_ = FileDescriptor(open(system_path(path_), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file_.is_open()) fail_file(path_, "open", errno);
  const struct stat status = status_of(file_, path_);
  if (S_ISDIR(status.st_mode)) fail_file(path_, "read", EISDIR);
  if (!S_ISREG(status.st_mode))
    fail(ErrorCode::file_failed, path_, ": cannot map: it is a device or a pipe; give a regular file");
  bytes_ = static_cast<size_t>(status.st_size);
  if (bytes_ == 0) return;
  void* address = mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, file_.number(), 0);
  if (address == MAP_FAILED) fail_file(path_, "map", errno);
  map_ = {static_cast<const uint8_t*>(address), Unmap{bytes_}};
}

const uint8_t* MappedFile::span(size_t offset, size_t length, const std::string& what) const {
  if (offset > bytes_ || length > bytes_ - offset)
    fail(ErrorCode::malformed_file, path_, ": ", what, " should be ", length, " bytes at byte ", offset,
         ", but the file ends at byte ", bytes_, "; download or save it again");
  const auto now = static_cast<size_t>(status_of(file_, path_).st_size);
  if (now < bytes_)
    fail(ErrorCode::file_failed, path_, ": was cut from ", bytes_, " to ", now, " bytes while ", what,
         " was to be read; load it again when nothing writes to it");
  return data() + offset;
}

void MappedFile::forget(size_t offset, size_t length) const noexcept {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t from = std::min(offset, bytes_);
  const size_t to = from + std::min(length, bytes_ - from);
  const size_t first = (from + page - 1) / page * page, last = to / page * page;
  // Only advice: where the system does not take it, nothing is lost.
  if (first < last) madvise(const_cast<uint8_t*>(data()) + first, last - first, MADV_DONTNEED);
}

}  // namespace xling
