// The 1x1 convolutions of a ResNet-50 with their batch norms, backward, in bfloat16: ours against LibTorch's
// convolutions, in turn; milliseconds (the best of several) and the ratio, for each shape and for all of
// them.
//   conv1x1_bench [PICTURES=32] [SIZE=224] [ROUNDS=7]      two views of each picture; all cores

#include <ATen/autocast_mode.h>
#include <ATen/ops/randn.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "nn/conv1x1.hpp"
#include "nn/conv3x3.hpp"

namespace {

struct Shape {
  int64_t in, out, shrunk, stride;  // the pictures' side is that of the views, `shrunk` times smaller
  int count;                        // in the network
};

constexpr Shape kShapes[] = {{64, 64, 4, 1, 1},     {256, 64, 4, 1, 2},    {64, 256, 4, 1, 4},
                             {256, 128, 4, 1, 1},   {512, 128, 8, 1, 3},   {128, 512, 8, 1, 4},
                             {512, 256, 8, 1, 1},   {1024, 256, 16, 1, 5}, {256, 1024, 16, 1, 6},
                             {1024, 512, 16, 1, 1}, {2048, 512, 32, 1, 2}, {512, 2048, 32, 1, 3},
                             {256, 512, 4, 2, 1},   {512, 1024, 8, 2, 1},  {1024, 2048, 16, 2, 1}};

at::Tensor pictures(int64_t images, int64_t channels, int64_t side) {
  return at::randn({images, channels, side, side})
      .to(at::kBFloat16)
      .contiguous(at::MemoryFormat::ChannelsLast);
}

double backward_seconds(const Shape& shape, const at::Tensor& x, const at::Tensor& gradient,
                        torch::nn::BatchNorm2dImpl& norm, const at::Tensor& w) {
  const at::Tensor y = simclr::conv1x1_norm_relu(x, w, shape.stride, norm, {});
  const auto start = std::chrono::steady_clock::now();
  y.backward(gradient);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_MAX, 0);  // as the program does: memory stays, so that no page is faulted in twice
  mallopt(M_TRIM_THRESHOLD, -1);
  const int64_t images = 2 * (argc > 1 ? std::atol(argv[1]) : 32), size = argc > 2 ? std::atol(argv[2]) : 224;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 7;
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  double all_own = 0, all_plain = 0;
  std::printf("   in   out side/stride     GFLOP  LibTorch  GF/s    ours  GF/s  ratio  (ms of one)\n");
  for (const Shape& shape : kShapes) {
    const int64_t side = size / shape.shrunk, out_side = (side + shape.stride - 1) / shape.stride;
    const at::Tensor x = pictures(images, shape.in, side).requires_grad_(true),
                     w = at::randn({shape.out, shape.in, 1, 1}).requires_grad_(true),
                     gradient = pictures(images, shape.out, out_side);
    torch::nn::BatchNorm2dImpl norm(shape.out);
    double own = 1e9, plain = 1e9;
    for (int round = 0; round < rounds; ++round) {
      own = std::min(own, backward_seconds(shape, x, gradient, norm, w));
      const simclr::PlainConvolutions switched_off;
      plain = std::min(plain, backward_seconds(shape, x, gradient, norm, w));
    }
    const double gflop = 4e-9 * static_cast<double>(images * out_side * out_side * shape.in * shape.out);
    std::printf("%5lld %5lld %4lld/%lld x%d  %8.1f  %8.1f %5.0f %7.1f %5.0f %6.2f\n",
                static_cast<long long>(shape.in), static_cast<long long>(shape.out),
                static_cast<long long>(side), static_cast<long long>(shape.stride), shape.count, gflop,
                1e3 * plain, gflop / plain, 1e3 * own, gflop / own, plain / own);
    all_own += shape.count * own;
    all_plain += shape.count * plain;
  }
  std::printf("all of a network: LibTorch's %.0f ms, ours %.0f ms, ratio %.2f\n", 1e3 * all_plain,
              1e3 * all_own, all_plain / all_own);
}
