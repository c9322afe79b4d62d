// Views per second on one core: crop to finished float32 view, then normalised channels-last as the loader
// does. items_per_second is the figure. The operations are timed apart as well.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "augment/pipeline.hpp"

namespace {

using simclr::Image;

Image picture(int height, int width) {
  Image image(3, height, width, simclr::Sample::u8);
  simclr::Random random({.seed = 1}, 0);
  for (std::byte& x : image.bytes()) x = static_cast<std::byte>(random.below(256));
  return image;
}

void views(benchmark::State& state, const char* policy, int height, int width, int size) {
  const Image image = picture(height, width);
  const simclr::Pipeline pipeline(policy);
  const std::vector<float> mean{0.485F, 0.456F, 0.406F}, std{0.229F, 0.224F, 0.225F};
  std::vector<float> out(static_cast<size_t>(3 * size * size));
  uint64_t index = 0;
  for (auto _ : state) {
    const Image view = pipeline.apply(image, {.seed = 7, .index = index++}, 0, size);
    simclr::normalise_into(view, mean, std, out.data());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

constexpr const char* kSmall = "simclr_small";

BENCHMARK_CAPTURE(views, simclr_small_32px_from_32x32, kSmall, 32, 32, 32)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, simclr_small_32px_from_400x533, kSmall, 400, 533, 32)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, simclr_224px_from_400x533, "simclr", 400, 533, 224)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, crop_224px_from_400x533, "crop > flip", 400, 533, 224)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, jitter_224px, "jitter", 224, 224, 224)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, gray_224px, "gray", 224, 224, 224)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, blur_224px, "blur", 224, 224, 224)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, none_224px, "none", 224, 224, 224)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, none_32px, "none", 32, 32, 32)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, crop_32px, "crop > flip", 32, 32, 32)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(views, jitter_32px, "jitter", 32, 32, 32)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
