#include "core/host_limits.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include "core/error.h"

namespace xling {

namespace {

std::string read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// A whole number, or `otherwise` ("max", an empty or missing file).
size_t read_number(const std::string& path, size_t otherwise) {
  const std::string line = read_line(path);
  if (line.empty() || line[0] < '0' || line[0] > '9') return otherwise;
  return std::strtoull(line.c_str(), nullptr, 10);
}

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
#ifdef __linux__
  // The kernel refuses a mask shorter than its own, so it grows until it fits.
  for (size_t size = 1024; size <= (size_t{1} << 16); size *= 2) {
    cpu_set_t* set = CPU_ALLOC(size);
    if (!set) break;
    const size_t bytes = CPU_ALLOC_SIZE(size);
    const bool read = sched_getaffinity(0, bytes, set) == 0;
    for (size_t cpu = 0; read && cpu < size; ++cpu)
      if (CPU_ISSET_S(cpu, bytes, set)) cpus.push_back(static_cast<int>(cpu));
    CPU_FREE(set);
    if (read) break;
  }
#endif
  return cpus;
}

int count_physical_cores(const std::string& root) {
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.empty()) return std::max(1u, std::thread::hardware_concurrency());
  std::set<std::string> cores;  // hyper-threads of one core share this list
  for (int cpu : cpus) {
    const std::string folder = root + "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    const std::string siblings = read_line(folder + "thread_siblings_list");
    cores.insert(siblings.empty() ? std::to_string(cpu) : siblings);
  }
  return static_cast<int>(cores.size());
}

// The process's own group and all above it, where limits may stand, for both
// generations of cgroups. A container usually sees its own group as "/".
std::vector<std::string> cgroup_folders(const std::string& root, const std::string& controller) {
  const bool unified = controller.empty();
  const std::string mount = root + "/sys/fs/cgroup" + (unified ? "" : "/" + controller);
  std::string group;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    if (unified ? names == ",," : names.find("," + controller + ",") != std::string::npos) group = line.substr(second + 1);
  }
  std::vector<std::string> folders;
  while (!group.empty() && group != "/") {
    folders.push_back(mount + group);
    group = group.substr(0, group.rfind('/'));
  }
  folders.push_back(mount);
  return folders;
}

int quota_of(size_t quota, size_t period) {
  return period == 0 ? 0 : static_cast<int>(std::min<size_t>((quota + period - 1) / period, 1024));
}

int read_quota(const std::string& root) {
  int tightest = 0;
  const auto take = [&](int threads) {
    if (threads > 0 && (tightest == 0 || threads < tightest)) tightest = threads;
  };
  for (const auto& folder : cgroup_folders(root, "")) {
    std::istringstream line(read_line(folder + "/cpu.max"));  // "max 100000" or "150000 100000"
    size_t quota, period;
    if (line >> quota >> period) take(quota_of(quota, period));
  }
  for (const auto& folder : cgroup_folders(root, "cpu")) {
    const size_t quota = read_number(folder + "/cpu.cfs_quota_us", 0);
    take(quota_of(quota, read_number(folder + "/cpu.cfs_period_us", 0)));
  }
  return tightest;
}

size_t meminfo(const std::string& root, const std::string& field) {
  std::ifstream file(root + "/proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.compare(0, field.size() + 1, field + ":") == 0)
      return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1024;
  return 0;
}

void apply_memory_limit(HostLimits& limits, size_t limit, size_t used) {
  limits.memory_total = std::min(limits.memory_total, limit);
  limits.memory_free = std::min(limits.memory_free, limit > used ? limit - used : 0);
}

// Bytes of a group's usage that are cached files, which the kernel gives up when
// memory is asked for. A model's mapped weights are such.
size_t cached_files(const std::string& stat, const std::string& field) {
  std::ifstream file(stat);
  std::string name;
  for (size_t bytes; file >> name >> bytes;)
    if (name == field) return bytes;
  return 0;
}

size_t without(size_t used, size_t cached) { return used > cached ? used - cached : 0; }

void read_memory(const std::string& root, HostLimits& limits) {
  limits.memory_total = meminfo(root, "MemTotal");
  limits.memory_free = meminfo(root, "MemAvailable");
  for (const auto& folder : cgroup_folders(root, "")) {
    const size_t limit = read_number(folder + "/memory.max", 0);
    const size_t cached = cached_files(folder + "/memory.stat", "inactive_file");
    if (limit) apply_memory_limit(limits, limit, without(read_number(folder + "/memory.current", 0), cached));
  }
  for (const auto& folder : cgroup_folders(root, "memory")) {
    const size_t limit = read_number(folder + "/memory.limit_in_bytes", 0);
    const size_t cached = cached_files(folder + "/memory.stat", "total_inactive_file");
    if (limit) apply_memory_limit(limits, limit, without(read_number(folder + "/memory.usage_in_bytes", 0), cached));
  }
}

}  // namespace

HostLimits read_host_limits(const std::string& root) {
  HostLimits limits;
  limits.physical_cores = count_physical_cores(root);
  limits.quota_threads = read_quota(root);
  read_memory(root, limits);
  return limits;
}

int usable_threads() {
  if (const char* text = std::getenv("XLING_THREADS")) {
    char* end = nullptr;
    const long threads = std::strtol(text, &end, 10);
    if (end == text || *end != '\0' || threads < 1 || threads > 1024)
      fail(ErrorCode::invalid_argument, "XLING_THREADS is '", text, "'; set it to a whole number from 1 to 1024, or unset it");
    return static_cast<int>(threads);
  }
  const HostLimits limits = read_host_limits();
  return std::max(1, limits.quota_threads ? std::min(limits.physical_cores, limits.quota_threads) : limits.physical_cores);
}

void require_memory(size_t bytes, const char* what) {
  constexpr size_t small = size_t{16} << 20;  // not worth reading /proc for
  if (bytes < small) return;
  const HostLimits limits = read_host_limits();
  if (limits.memory_total != 0 && bytes > limits.memory_free)
    fail(ErrorCode::out_of_memory, what, " needs ", bytes >> 20, " MiB and ", limits.memory_free >> 20, " MiB of ",
         limits.memory_total >> 20, " MiB are free; use smaller inputs, or raise the container's memory limit");
}

}  // namespace xling
