#include "io/atomic_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

#include <csignal>
#include <cstring>

#include "check.h"
#include "io/temporary_folder.h"

namespace {

using namespace xling;
using namespace std::string_literals;
using test::read_file;
using test::TemporaryFolder;

void write(AtomicFile& file, const std::string& text) { file.write(text.data(), text.size()); }

TEST("atomic file: nothing is seen under the name before commit, all of it after, and nothing else stays") {
  const TemporaryFolder folder;
  {
    AtomicFile file(folder / "a");
    CHECK_EQ(file.path(), folder / "a");
    write(file, "one ");
    write(file, "");
    write(file, "two");
    CHECK_EQ(folder.names().count("a"), size_t{0});
    file.commit();
    CHECK_EQ(read_file(folder / "a"), "one two"s);
  }
  CHECK(folder.names() == std::set<std::string>{"a"});
}

TEST("atomic file: an empty one, and a name as long as names can be") {
  const TemporaryFolder folder;
  const std::string longest(255, 'n');
  AtomicFile(folder / longest).commit();
  CHECK(folder.names() == std::set<std::string>{longest});
  CHECK_EQ(read_file(folder / longest), ""s);
}

TEST("atomic file: an abandoned one leaves the older file and nothing else") {
  const TemporaryFolder folder;
  folder.put("a", "before");
  {
    AtomicFile file(folder / "a");
    write(file, "now");
  }
  CHECK(folder.names() == std::set<std::string>{"a"});
  CHECK_EQ(read_file(folder / "a"), "before"s);
}

TEST("atomic file: an older file is replaced whole, and whoever has it open keeps it") {
  const TemporaryFolder folder;
  std::ifstream older(folder.put("a", "before, and longer"));
  AtomicFile file(folder / "a");
  write(file, "now");
  CHECK_EQ(read_file(folder / "a"), "before, and longer"s);
  file.commit();
  CHECK_EQ(read_file(folder / "a"), "now"s);
  std::string kept;
  std::getline(older, kept);
  CHECK_EQ(kept, "before, and longer"s);
}

TEST("atomic file: a symbolic link is replaced, what it leads to is not") {
  const TemporaryFolder folder;
  const std::string target = folder.put("target", "target");
  CHECK(symlink(target.c_str(), (folder / "link").c_str()) == 0);
  AtomicFile file(folder / "link");
  write(file, "now");
  file.commit();
  CHECK_EQ(read_file(folder / "link"), "now"s);
  CHECK_EQ(read_file(target), "target"s);
}

TEST("atomic file: two writers of one name do not meet; the last commit counts") {
  const TemporaryFolder folder;
  AtomicFile first(folder / "a"), second(folder / "a");
  write(second, "second");
  write(first, "first");
  second.commit();
  first.commit();
  CHECK_EQ(read_file(folder / "a"), "first"s);
}

TEST("atomic file: a temporary name that a killed process left is passed over") {
  const TemporaryFolder folder;
  std::string left;
  {
    AtomicFile file(folder / "a");
    left = *folder.names().begin();
  }
  // The next is one further; the name ends in "-<count>.tmp".
  const size_t dash = left.rfind('-');
  const int count = std::stoi(left.substr(dash + 1));
  folder.put(left.substr(0, dash + 1) + std::to_string(count + 1) + ".tmp", "left");
  AtomicFile file(folder / "a");
  write(file, "now");
  file.commit();
  CHECK_EQ(read_file(folder / "a"), "now"s);
  CHECK_EQ(folder.names().size(), size_t{2});
}

TEST("atomic file: others may read it as the process's mask says") {
  const TemporaryFolder folder;
  AtomicFile(folder / "a").commit();
  struct stat ours, plain;
  CHECK(stat((folder / "a").c_str(), &ours) == 0 && stat(folder.put("b", "").c_str(), &plain) == 0);
  CHECK_EQ(ours.st_mode, plain.st_mode);
}

TEST("atomic file: names that cannot be a file's are refused before anything is written") {
  const TemporaryFolder folder;
  folder.put("a", "a");
  CHECK_THROWS(ErrorCode::file_not_found, "x/a: cannot create a file in its folder: No such file",
               AtomicFile(folder / "x/a"));
  CHECK_THROWS(ErrorCode::file_not_found, "Not a directory", AtomicFile(folder / "a/b"));
  CHECK_THROWS(ErrorCode::file_failed, "cannot write: Is a directory", AtomicFile(folder.path()));
  CHECK_THROWS(ErrorCode::file_failed, "cannot write: Is a directory", AtomicFile(folder.path() + "/"));
  CHECK_THROWS(ErrorCode::file_failed, "/dev/null: cannot write: it is a device", AtomicFile("/dev/null"));
  CHECK_THROWS(ErrorCode::invalid_argument, "empty", AtomicFile(""));
  CHECK_THROWS(ErrorCode::invalid_argument, "NUL", AtomicFile(folder / std::string("a\0b", 3)));
  CHECK(folder.names() == std::set<std::string>{"a"});
}

TEST("atomic file: a commit that cannot take the name leaves nothing behind") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a");
  write(file, "now");
  CHECK(mkdir((folder / "a").c_str(), 0755) == 0);  // in the meantime
  CHECK_THROWS(ErrorCode::file_failed, "a: cannot rename a temporary file to it: Is a directory", file.commit());
  CHECK(folder.names() == std::set<std::string>{"a"});
  CHECK_THROWS(ErrorCode::internal, "already committed, or abandoned", file.commit());
}

TEST("atomic file: after commit nothing can be written or committed") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a");
  file.commit();
  CHECK_THROWS(ErrorCode::internal, "a: was already committed", write(file, "x"));
  CHECK_THROWS(ErrorCode::internal, "a: was already committed", file.commit());
  CHECK_EQ(read_file(folder / "a"), ""s);
}

// Runs in a child process, which ends with what `body` gives. No exception may leave it: the child is a copy of the tests.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      _exit(body());
    } catch (...) {
      _exit(99);
    }
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Writes more than fits; 0 if that was an Error of this code, naming what failed, with nothing left.
int overfill(const TemporaryFolder& folder, ErrorCode code, const char* said) {
  AtomicFile file(folder / "a");
  try {
    // At once: the system takes what fits and reports no error for it, only for the rest.
    write(file, std::string(320000, 'x'));
    return 1;
  } catch (const Error& error) {
    if (error.code() != code || !std::strstr(error.what(), said)) return 2;
  }
  if (!folder.names().empty()) return 3;
  try {
    file.commit();  // half a file must not get the name
    return 4;
  } catch (const Error&) {
    return folder.names().empty() ? 0 : 5;
  }
}

// Puts a disk of 64 KiB on the folder, for this process alone, where the system lets it.
bool mount_small_disk([[maybe_unused]] const std::string& folder) {
#ifdef __linux__
  const std::string user = "0 " + std::to_string(geteuid()) + " 1", group = "0 " + std::to_string(getegid()) + " 1";
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user;
  std::ofstream("/proc/self/gid_map") << group;
  return mount("none", folder.c_str(), "tmpfs", 0, "size=64k") == 0;
#else
  return false;
#endif
}

TEST("atomic file: one that grows beyond what the process may write is abandoned") {
  const TemporaryFolder folder;
  CHECK_EQ(in_child([&] {
             signal(SIGXFSZ, SIG_IGN);
             const rlimit limit{12345, 12345};
             if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 6;
             return overfill(folder, ErrorCode::file_failed, "a: cannot write: File too large");
           }),
           0);
}

TEST("atomic file: a full disk is ERR_DISK_FULL, and nothing stays on it") {
  const TemporaryFolder folder;
  constexpr int no_disk = 77;
  const int ended = in_child([&] {
    if (!mount_small_disk(folder.path())) return no_disk;
    return overfill(folder, ErrorCode::disk_full, "a: cannot write: No space left on device; free some space");
  });
  if (ended == no_disk)
    std::printf("# not run: a full disk (this machine gives no process a mount of its own)\n");
  else
    CHECK_EQ(ended, 0);
}

}  // namespace
