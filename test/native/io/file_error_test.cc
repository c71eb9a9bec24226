#include "io/file_error.h"

#include <cerrno>

#include "check.h"

namespace {

using namespace xling;

TEST("file errors: what the system says becomes a code, with the path, the cause and what to do") {
  CHECK_THROWS(ErrorCode::file_not_found, "a/b: cannot open: No such file or directory; check the path",
               fail_file("a/b", "open", ENOENT));
  CHECK_THROWS(ErrorCode::file_not_found, "Not a directory", fail_file("a/b", "open", ENOTDIR));
  CHECK_THROWS(ErrorCode::disk_full, "a/b: cannot write: No space left on device; free some space",
               fail_file("a/b", "write", ENOSPC));
  CHECK_THROWS(ErrorCode::disk_full, "Disk quota exceeded; free some space", fail_file("a/b", "write", EDQUOT));
  CHECK_THROWS(ErrorCode::file_failed, "a/b: cannot open: Permission denied; check that", fail_file("a/b", "open", EACCES));
  CHECK_THROWS(ErrorCode::file_failed, "Input/output error", fail_file("a/b", "write", EIO));
}

TEST("file errors: a path that the system would read as another is refused") {
  const std::string plain = "a/b";
  CHECK(system_path(plain) == plain.c_str());
  CHECK_THROWS(ErrorCode::invalid_argument, "path is empty", system_path(""));
  CHECK_THROWS(ErrorCode::invalid_argument, "\"a\\x00b\" has a NUL", system_path(std::string("a\0b", 3)));
}

}  // namespace
