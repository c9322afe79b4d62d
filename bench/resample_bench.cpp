// What a training view costs before its colours change: crop + resize (+ mirror) from the decoded picture.

#include <benchmark/benchmark.h>

#include <vector>

#include "image/resample.hpp"

namespace {

using namespace simclr;

Image noise(int bands, int height, int width) {
  Image image(bands, height, width, Sample::u8);
  unsigned state = 1;
  for (std::byte& byte : image.bytes())
    byte = static_cast<std::byte>((state = state * 1664525U + 1013904223U) >> 24U);
  return image;
}

// Sizes: picture height and width, crop height and width, output side.
void crop_and_resize(benchmark::State& state, Filter filter) {
  const auto size = [&](int i) { return static_cast<int>(state.range(i)); };
  const Image image = noise(3, size(0), size(1));
  const Box box{(size(0) - size(2)) / 2, (size(1) - size(3)) / 2, size(2), size(3)};
  bool mirror = false;
  for (auto _ : state) {
    mirror = !mirror;
    benchmark::DoNotOptimize(crop_resize(image, box, size(4), size(4), filter, mirror, 1.0F / 255.0F));
  }
}

void blur(benchmark::State& state) {
  Image image = crop_resize(noise(3, 224, 224), {0, 0, 224, 224}, 224, 224, Filter::nearest);
  const std::vector<float> kernel(static_cast<size_t>(state.range(0)),
                                  1.0F / static_cast<float>(state.range(0)));
  for (auto _ : state) convolve(image, kernel, Border::reflect);
}

void turn(benchmark::State& state) {
  const Image image = crop_resize(noise(3, 224, 224), {0, 0, 224, 224}, 224, 224, Filter::nearest);
  const float fill[] = {1.0F};
  for (auto _ : state) benchmark::DoNotOptimize(rotate(image, 31, Filter::bilinear, fill));
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Args({32, 32, 32, 32, 32})
      ->Args({32, 32, 22, 24, 32})
      ->Args({400, 533, 400, 533, 224})
      ->Args({400, 533, 280, 300, 224})
      ->Args({400, 533, 120, 140, 224})
      ->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(crop_and_resize, bilinear, Filter::bilinear)->Apply(sizes);
BENCHMARK_CAPTURE(crop_and_resize, bicubic, Filter::bicubic)->Apply(sizes);
BENCHMARK(blur)->Arg(3)->Arg(23)->Unit(benchmark::kMicrosecond);
BENCHMARK(turn)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
