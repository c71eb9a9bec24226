#include "io/mapped_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <type_traits>

#include "check.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using test::TemporaryFolder;

static_assert(!std::is_copy_constructible_v<MappedFile> && std::is_nothrow_move_constructible_v<MappedFile>);

std::string text(const MappedFile& file, size_t offset, size_t length) {
  return {reinterpret_cast<const char*>(file.span(offset, length, "text")), length};
}

TEST("mapped file: its bytes are the file's, also after it was moved") {
  const TemporaryFolder folder;
  MappedFile first(folder.put("a", "hello"));
  MappedFile file(std::move(first));
  CHECK_EQ(file.path(), folder / "a");
  CHECK_EQ(file.bytes(), size_t{5});
  CHECK_EQ(text(file, 0, 5), "hello"s);
  CHECK_EQ(text(file, 4, 1), "o"s);
  CHECK_EQ(text(file, 5, 0), ""s);
  MappedFile other(folder.put("b", "b"));
  other = std::move(file);
  CHECK_EQ(text(other, 1, 4), "ello"s);
}

TEST("mapped file: an empty file has no bytes and no mapping") {
  const TemporaryFolder folder;
  const MappedFile file(folder.put("empty", ""));
  CHECK_EQ(file.bytes(), size_t{0});
  CHECK(file.data() == nullptr);
  CHECK_EQ(text(file, 0, 0), ""s);
  file.forget(0, 1);
  CHECK_THROWS(ErrorCode::malformed_file, "ends at byte 0", file.span(0, 1, "a length"));
}

TEST("mapped file: what lies outside the file is refused by name and place") {
  const TemporaryFolder folder;
  const MappedFile file(folder.put("a", "hello"));
  CHECK_THROWS(ErrorCode::malformed_file,
               (folder / "a") + ": the header should be 4 bytes at byte 2, but the file ends at byte 5; download",
               file.span(2, 4, "the header"));
  CHECK_THROWS(ErrorCode::malformed_file, "0 bytes at byte 6", file.span(6, 0, "x"));
  CHECK_THROWS(ErrorCode::malformed_file, "at byte 1", file.span(1, SIZE_MAX, "x"));  // the sum overflows
  CHECK_THROWS(ErrorCode::malformed_file, "1 bytes at", file.span(SIZE_MAX, 1, "x"));
}

TEST("mapped file: a path that leads to no file") {
  const TemporaryFolder folder;
  folder.put("a", "hello");
  CHECK_THROWS(ErrorCode::file_not_found, (folder / "b") + ": cannot open: No such file", MappedFile(folder / "b"));
  CHECK_THROWS(ErrorCode::file_not_found, "a/b: cannot open", MappedFile(folder / "a/b"));
  CHECK_THROWS(ErrorCode::file_failed, "cannot read: Is a directory", MappedFile(folder.path()));
  CHECK_THROWS(ErrorCode::file_failed, "/dev/null: cannot map: it is a device", MappedFile("/dev/null"));
  CHECK_THROWS(ErrorCode::invalid_argument, "NUL", MappedFile(folder / std::string("a\0b", 3)));
  // A pipe that nobody writes to must not be waited for.
  CHECK(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS(ErrorCode::file_failed, "or a pipe", MappedFile(folder / "pipe"));
  // Cannot be opened, whoever asks; permissions would not stop root.
  CHECK(symlink("loop", (folder / "loop").c_str()) == 0);
  CHECK_THROWS(ErrorCode::file_failed, "cannot open: Too many levels of symbolic links", MappedFile(folder / "loop"));
}

TEST("mapped file: one that was cut since is an error, not a signal") {
  const TemporaryFolder folder;
  const MappedFile file(folder.put("a", std::string(100000, 'x')));
  CHECK_EQ(text(file, 99999, 1), "x"s);
  CHECK(truncate(file.path().c_str(), 10) == 0);
  CHECK_THROWS(ErrorCode::file_failed, "was cut from 100000 to 10 bytes while the header was to be read",
               file.span(99999, 1, "the header"));
}

TEST("mapped file: one that was replaced by rename stays as it was") {
  const TemporaryFolder folder;
  const MappedFile file(folder.put("a", "before"));
  CHECK(std::rename(folder.put("b", "now").c_str(), file.path().c_str()) == 0);
  CHECK_EQ(text(file, 0, 6), "before"s);
}

#ifdef __linux__
// Pages of files that this process holds in memory.
size_t resident_file_pages() {
  size_t size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  return shared;
}

TEST("mapped file: forgetting gives the memory back, whole pages only, and the bytes stay readable") {
  const TemporaryFolder folder;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t pages = 4096;
  const MappedFile file(folder.put("a", std::string(pages * page, 'x')));
  const auto touch = [&] {
    size_t sum = 0;
    for (size_t at = 0; at < file.bytes(); at += page) sum += file.data()[at];
    return sum;
  };
  CHECK_EQ(touch(), pages * 'x');
  const size_t full = resident_file_pages();
  file.forget(1, page);                    // no whole page within
  file.forget(page + 1, 2 * page - 2);     // nor here
  file.forget(file.bytes() + page, page);  // nor here
  CHECK(resident_file_pages() + 64 > full);
  file.forget(1, SIZE_MAX);
  CHECK(resident_file_pages() + pages - 64 < full);
  CHECK_EQ(touch(), pages * 'x');
}
#endif

}  // namespace
