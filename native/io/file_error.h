// What the system says of a path, as an Error.
#pragma once

#include <string>

namespace xling {

// Throws for errno's value `error`: ERR_FILE_NOT_FOUND if the path is not there,
// ERR_DISK_FULL if a disk or quota is, else ERR_FILE_FAILED. `doing` is a verb.
[[noreturn]] void fail_file(const std::string& path, const char* doing, int error);

// The path for a system call. An empty one, or one with a NUL in it, which the
// system would read as a shorter path, is ERR_INVALID_ARGUMENT.
const char* system_path(const std::string& path);

}  // namespace xling
