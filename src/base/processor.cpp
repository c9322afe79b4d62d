#include "base/processor.hpp"

#include <fstream>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace simclr {

#ifdef __x86_64__

bool runs_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool runs_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}

bool has_amx_bf16() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) == 1 && (d >> 22 & 1) == 1;
}

bool has_bf16() {
  return __builtin_cpu_supports("avx512bf16") || has_amx_bf16();
}

bool bf16_is_faster() {
  __builtin_cpu_init();
  return has_amx_bf16() || (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_is("amd"));
}

#else

bool runs_avx2() {
  return false;
}
bool runs_avx512() {
  return false;
}
bool has_amx_bf16() {
  return false;
}
bool has_bf16() {
  return false;
}
bool bf16_is_faster() {
  return false;
}

#endif

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

}  // namespace simclr
