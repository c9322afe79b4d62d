#include "base/threads.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace simclr {

namespace {

unsigned processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1U, std::thread::hardware_concurrency());
  return std::max(1U, static_cast<unsigned>(CPU_COUNT(&set)));
}

}  // namespace

// Several runs at a time share a machine by OpenMP's variable; our own threads keep to it, too.
unsigned cores() {
  const char* const set = std::getenv("OMP_NUM_THREADS");
  const std::string_view text = set == nullptr ? "" : set;
  unsigned limit = 0;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return limit > 0 ? std::min(processors(), limit) : processors();
}

void parallel_for(size_t n, unsigned threads, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::exception_ptr first;
  std::mutex guard;
  const auto run = [&] {
    try {
      for (size_t i = next++; i < n; i = next++) work(i);
    } catch (...) {
      const std::lock_guard lock(guard);
      if (!first) first = std::current_exception();
      next = n;
    }
  };
  std::vector<std::jthread> pool;
  for (size_t t = 1; t < std::min<size_t>(threads, n); ++t) pool.emplace_back(run);
  run();
  pool.clear();  // joins
  if (first) std::rethrow_exception(first);
}

}  // namespace simclr
