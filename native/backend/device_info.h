// What a backend says of itself, and of why it was chosen.
#pragma once

#include <string>

namespace xling {

struct DeviceInfo {
  std::string name;  // "cpu", "cuda"
  std::string isa;   // "portable", "avx2", "avx512"; "sm_90"
  std::string why;   // one sentence for `device: 'auto'`
  int threads = 0;   // CPU threads that its kernels use; 0 if they use none
};

}  // namespace xling
