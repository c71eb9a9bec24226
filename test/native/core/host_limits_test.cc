#include "core/host_limits.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "check.h"

namespace {

using namespace xling;

// A folder that looks like the root of a machine.
class FakeRoot {
 public:
  FakeRoot() {
    char name[] = "/tmp/xling-root-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~FakeRoot() {
    if (std::system(("rm -rf " + path_).c_str()) != 0) std::perror("rm");
  }
  void put(const std::string& file, const std::string& text) const {
    for (size_t slash = file.find('/', 1); slash != std::string::npos; slash = file.find('/', slash + 1))
      mkdir((path_ + file.substr(0, slash)).c_str(), 0755);
    std::ofstream(path_ + file) << text;
  }
  HostLimits limits() const { return read_host_limits(path_); }

 private:
  std::string path_;
};

constexpr size_t mib = size_t{1} << 20;

TEST("host limits: no cgroup means the machine's own memory and no quota") {
  FakeRoot root;
  root.put("/proc/meminfo", "MemTotal:       2048 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n");
  CHECK_EQ(root.limits().memory_total, 2 * mib);
  CHECK_EQ(root.limits().memory_free, mib);
  CHECK_EQ(root.limits().quota_threads, 0);
}

TEST("host limits: the tightest cgroup of the path decides, 'max' is no limit") {
  FakeRoot root;
  root.put("/proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 1048576 kB\n");
  root.put("/proc/self/cgroup", "0::/outer/inner\n");
  root.put("/sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
  root.put("/sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
  root.put("/sys/fs/cgroup/outer/memory.max", "104857600\n");
  root.put("/sys/fs/cgroup/outer/memory.current", "62914560\n");
  root.put("/sys/fs/cgroup/outer/inner/memory.max", "max\n");
  CHECK_EQ(root.limits().quota_threads, 2);  // 1.5 CPUs, rounded up
  CHECK_EQ(root.limits().memory_total, 100 * mib);
  CHECK_EQ(root.limits().memory_free, 40 * mib);
}

TEST("host limits: cgroup version 1, and usage above the limit") {
  FakeRoot root;
  root.put("/proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 1048576 kB\n");
  root.put("/proc/self/cgroup", "4:memory:/job\n3:cpu,cpuacct:/job\n");
  root.put("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n");
  root.put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
  root.put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  root.put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1048576\n");
  root.put("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "2097152\n");
  CHECK_EQ(root.limits().quota_threads, 3);
  CHECK_EQ(root.limits().memory_free, size_t{0});
}

TEST("host limits: cached files of a container are not in use, in both versions") {
  FakeRoot root;
  root.put("/proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 1048576 kB\n");
  root.put("/sys/fs/cgroup/memory.max", "104857600\n");
  root.put("/sys/fs/cgroup/memory.current", "94371840\n");
  root.put("/sys/fs/cgroup/memory.stat", "anon 10485760\ninactive_file 83886080\nactive_file 0\n");
  CHECK_EQ(root.limits().memory_free, 90 * mib);
  root.put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "52428800\n");
  root.put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "41943040\n");
  root.put("/sys/fs/cgroup/memory/memory.stat", "cache 1\ntotal_inactive_file 31457280\n");
  CHECK_EQ(root.limits().memory_free, 40 * mib);
}

TEST("host limits: an allocation beyond the machine is refused before it is made") {
  CHECK_THROWS(ErrorCode::out_of_memory, "a test needs", require_memory(size_t{1} << 60, "a test"));
  require_memory(1024, "a small thing");
}

TEST("host limits: XLING_THREADS is taken at its word or refused") {
  const char* before = std::getenv("XLING_THREADS");
  const std::string saved = before ? before : "";
  for (const char* bad : {"", "0", "-1", "two", "3x", "1025"}) {
    setenv("XLING_THREADS", bad, 1);
    CHECK_THROWS(ErrorCode::invalid_argument, "XLING_THREADS", usable_threads());
  }
  setenv("XLING_THREADS", "7", 1);
  CHECK_EQ(usable_threads(), 7);
  unsetenv("XLING_THREADS");
  CHECK(usable_threads() >= 1);
  if (before) setenv("XLING_THREADS", saved.c_str(), 1);
}

}  // namespace
