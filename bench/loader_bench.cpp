// Batches of views a second from a folder of pictures, without a network: nothing kept, in memory, on disk.
//   loader_bench DIR none|ram|disk [seconds=10] [cache folder]
// One epoch goes first, unmeasured, which fills the memory or checks what is on disk; ONCE=1 leaves it out.

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "base/log.hpp"
#include "base/threads.hpp"
#include "train/cache.hpp"
#include "train/loader.hpp"

int main(int count, char** given) {
  using namespace simclr;
  using Clock = std::chrono::steady_clock;
  if (count < 3) return 2;
  const std::string where = given[2];
  const double seconds = count > 3 ? std::atof(given[3]) : 10;
  const auto source = open_source(given[1]);
  const Statistics statistics = measure(*source, {.bands = 3}, 256);
  Pictures pictures(source, every_record(*source), {.bands = 3}, where == "ram");
  ready_cache(pictures, choose_cache(where, count > 4 ? given[4] : "", pictures, statistics.bytes_per_image));
  LoaderOptions options;
  options.batch = 64;
  options.size = suggest_image_size(statistics);
  options.mean.assign(statistics.mean.begin(), statistics.mean.end());
  options.std.assign(statistics.std.begin(), statistics.std.end());
  options.threads = cores();
  const Pipeline pipeline(options.size <= 64 ? "simclr_small" : "simclr");
  Loader loader(pictures, pipeline, options);
  if (std::getenv("ONCE") == nullptr)
    for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) loader.next();
  const auto start = Clock::now();
  double passed = 0;
  int64_t images = 0;
  for (; passed < seconds; passed = std::chrono::duration<double>(Clock::now() - start).count()) {
    loader.next();
    images += options.batch;
  }
  std::cout << static_cast<double>(images) / passed << std::endl;
}
