#include "io/file_error.h"

#include <cerrno>
#include <system_error>

#include "core/error.h"
#include "io/shown.h"

namespace xling {

void fail_file(const std::string& path, const char* doing, int error) {
  ErrorCode code = ErrorCode::file_failed;
  const char* advice = "check that the path is the right one and that this process may use it";
  if (error == ENOENT || error == ENOTDIR) {
    code = ErrorCode::file_not_found;
    advice = "check the path";
  } else if (error == ENOSPC || error == EDQUOT) {
    code = ErrorCode::disk_full;
    advice = "free some space, or write to another disk";
  }
  fail(code, path, ": cannot ", doing, ": ", std::generic_category().message(error), "; ", advice);
}

const char* system_path(const std::string& path) {
  if (path.empty()) fail(ErrorCode::invalid_argument, "a file's path is empty; give its name");
  if (path.find('\0') != std::string::npos)
    fail(ErrorCode::invalid_argument, "the path ", shown(path), " has a NUL character in it; give a path without one");
  return path.c_str();
}

}  // namespace xling
