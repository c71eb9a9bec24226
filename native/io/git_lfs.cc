#include "io/git_lfs.h"

#include "core/error.h"

namespace xling {

void refuse_git_lfs_pointer(std::string_view bytes, const std::string& file) {
  constexpr std::string_view pointer = "version https://git-lfs";
  if (bytes.substr(0, pointer.size()) == pointer)
    fail(ErrorCode::malformed_file, file, ": byte 0: is a pointer of Git LFS, not the file it stands for; ",
         "run 'git lfs pull' or download the file itself");
}

}  // namespace xling
