// Time and peak memory of NT-Xent, forward and backward, streamed against dense, each in a process of its
// own:
//   nt_xent_bench [--plain] [IMAGES...]        default 256 1024 4096; d = 128, temperature 0.1, all cores
// --plain: the streamed one alone, seconds and MiB as bare numbers.

#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "loss/nt_xent.hpp"

namespace {

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure(const char* name, int64_t images, bool plain, simclr::LossValue (*loss)(const at::Tensor&)) {
  const pid_t child = fork();
  if (child != 0) {
    waitpid(child, nullptr, 0);
    return;
  }
  at::Tensor u = at::randn({2 * images, 128}).requires_grad_(true);
  loss(at::randn({2, 128}).requires_grad_(true)).loss.backward();
  const double before = peak_mib();
  const int repeats = images > 16384 ? 1 : images > 1024 ? 5 : 20;
  double best = 1e9;
  for (int i = 0; i < repeats; ++i) {
    u.mutable_grad() = at::Tensor();
    const auto start = std::chrono::steady_clock::now();
    loss(u).loss.backward();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  if (plain)
    std::printf("%.4f %.1f\n", best, peak_mib() - before);
  else
    std::printf("%-9s N %6ld  %9.2f ms  %8.1f MiB above the input  (%d threads)\n", name,
                static_cast<long>(images), best * 1e3, peak_mib() - before, at::get_num_threads());
  std::fflush(stdout);
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int64_t> sizes;
  bool plain = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--plain")
      plain = true;
    else
      sizes.push_back(std::atoll(argv[i]));
  }
  if (sizes.empty()) sizes = {256, 1024, 4096};
  for (const int64_t images : sizes) {
    measure("streamed", images, plain, [](const at::Tensor& u) { return simclr::nt_xent_streamed(u, 0.1); });
    if (images <= 4096 && !plain)
      measure("dense", images, false, [](const at::Tensor& u) { return simclr::nt_xent_dense(u, 0.1); });
  }
}
