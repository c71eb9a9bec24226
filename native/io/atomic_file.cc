#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>

#include "core/error.h"
#include "io/file_error.h"

namespace xling {

namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// A name that fits wherever the target's does, however long that is.
std::string temporary_name(const std::string& folder) {
  static std::atomic<unsigned> count{0};
  return folder + ".xling-" + std::to_string(getpid()) + "-" + std::to_string(count++) + ".tmp";
}

// A rename is durable once its folder is. Not every file system offers that, and
// a folder may be writable but not readable: then the system does it in its own time.
void sync_folder(const std::string& folder, const std::string& path) {
  const FileDescriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return;
  if (fsync(opened.number()) != 0 && errno != EINVAL && errno != ENOTSUP) fail_file(path, "make its folder durable", errno);
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  struct stat status;
  // A rename would put a file in a device's place; over a folder it would fail after all the writing.
  if (stat(system_path(path_), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) fail_file(path_, "write", EISDIR);
    fail(ErrorCode::file_failed, path_, ": cannot write: it is a device or a pipe; give a regular file's name");
  }
  do {
    temporary_ = temporary_name(folder_of(path_));
    file_ = FileDescriptor(open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  } while (!file_.is_open() && errno == EEXIST);  // left by a process of the same number
  if (!file_.is_open()) fail_file(path_, "create a file in its folder", errno);
}

void AtomicFile::write(const void* data, size_t bytes) {
  require_open();
  constexpr size_t most = size_t{1} << 30;  // Linux writes less than 2 GiB at once
  const auto* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(file_.number(), from, std::min(bytes, most));
    if (written < 0) {
      if (errno == EINTR) continue;
      give_up("write");
    }
    from += written;
    bytes -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit() {
  require_open();
  while (fsync(file_.number()) != 0)
    if (errno != EINTR) give_up("write to the disk");
  // Some file systems tell of a quota only here. The number is free again even if it failed.
  if (close(file_.release()) != 0 && errno != EINTR) give_up("close");
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) give_up("rename a temporary file to it");
  temporary_.clear();
  sync_folder(folder_of(path_), path_);
}

void AtomicFile::require_open() const {
  if (!file_.is_open())
    fail(ErrorCode::internal, path_, ": was already committed, or abandoned after an error; write it anew");
}

void AtomicFile::abandon() noexcept {
  file_ = FileDescriptor();
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::give_up(const char* doing) {
  const int error = errno;
  abandon();
  fail_file(path_, doing, error);
}

}  // namespace xling
