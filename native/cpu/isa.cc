#include "cpu/isa.h"

#include <cstdlib>

#include "core/error.h"

namespace xling {

std::vector<const simd::Loops*> runnable_isas() {
  std::vector<const simd::Loops*> isas;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) isas.push_back(&simd::avx512);
  if (avx2) isas.push_back(&simd::avx2);
#endif
  isas.push_back(&simd::portable);
  return isas;
}

const simd::Loops& chosen_isa() {
  const auto isas = runnable_isas();
  const char* wanted = std::getenv("XLING_ISA");
  if (!wanted) return *isas.front();
  std::string runnable;
  for (const auto* isa : isas) {
    if (std::string(wanted) == isa->isa) return *isa;
    runnable += (runnable.empty() ? "" : ", ") + std::string(isa->isa);
  }
  fail(ErrorCode::isa_unavailable, "XLING_ISA is '", wanted, "'; this machine runs ", runnable, ": name one of them, or unset it");
}

}  // namespace xling
