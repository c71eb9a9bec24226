// What stands in a repository for a large file until Git LFS fetches it.
#pragma once

#include <string>
#include <string_view>

namespace xling {

// ERR_MALFORMED_FILE if `bytes`, with which `file` begins, are such a pointer.
void refuse_git_lfs_pointer(std::string_view bytes, const std::string& file);

}  // namespace xling
