// What this process may use of the machine: containers and affinity masks
// usually allow less than the hardware has.
#pragma once

#include <cstddef>
#include <string>

namespace xling {

struct HostLimits {
  int physical_cores = 1;     // cores (not hyper-threads) in the affinity mask
  int quota_threads = 0;      // cgroup CPU quota, rounded up; 0 if there is none
  size_t memory_total = 0;    // min(installed, cgroup limit); 0 if it cannot be read
  size_t memory_free = 0;     // min(available, cgroup limit - usage); 0 if it cannot be read
};

// Reads /proc and /sys below `root` ("" for the real ones; tests give a folder).
HostLimits read_host_limits(const std::string& root = "");

// Threads of the process pool: XLING_THREADS if set (1 to 1024, anything else
// is ERR_INVALID_ARGUMENT), else min(physical cores, affinity, cgroup quota).
int usable_threads();

// Throws ERR_OUT_OF_MEMORY if `bytes` more cannot be had. Asked before large
// allocations, because Linux promises memory that it does not have and kills later.
void require_memory(size_t bytes, const char* what);

}  // namespace xling
