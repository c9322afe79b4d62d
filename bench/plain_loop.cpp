// What a careful user of LibTorch writes: ResNet-18, bf16 autocast, channels_last, the loss written out, one
// optimizer from torch::optim, and views that are ready in memory. The bar for `simclr pretrain`, which also
// decodes, augments and logs. Prints images/s (one image = two views).
//   plain_loop [steps=12] [batch=256] [size=32]

#include <ATen/autocast_mode.h>
#include <torch/optim/adamw.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "nn/encoder.hpp"
#include "nn/head.hpp"

namespace {

torch::Tensor nt_xent(const torch::Tensor& u, double temperature) {
  const int64_t rows = u.size(0);
  const auto z = torch::nn::functional::normalize(u, torch::nn::functional::NormalizeFuncOptions().dim(1));
  auto similarity = z.matmul(z.t()) / temperature;
  similarity.fill_diagonal_(-1e9);
  return torch::nn::functional::cross_entropy(similarity, (torch::arange(rows) + rows / 2) % rows);
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 12;
  const int64_t batch = argc > 2 ? std::atoi(argv[2]) : 256, size = argc > 3 ? std::atoi(argv[3]) : 32;
  torch::manual_seed(0);
  const auto encoder = simclr::make_encoder("resnet18", 3, size);
  const auto head = simclr::make_head("mlp(layers=2,out=128)", encoder->features());
  simclr::to_channels_last(*encoder);
  std::vector<torch::Tensor> parameters = encoder->parameters();
  for (const auto& one : head->parameters()) parameters.push_back(one);
  torch::optim::AdamW optimizer(parameters, torch::optim::AdamWOptions(1e-3));
  const auto views = torch::randn({2 * batch, 3, size, size}).contiguous(torch::MemoryFormat::ChannelsLast);
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  auto begin = std::chrono::steady_clock::now();
  for (int step = 0; step < steps + 2; ++step) {
    if (step == 2) begin = std::chrono::steady_clock::now();
    optimizer.zero_grad();
    at::autocast::set_autocast_enabled(at::kCPU, true);
    auto u = head->forward(encoder->forward(views));
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
    nt_xent(u.to(torch::kFloat), 0.1).backward();
    optimizer.step();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%.2f\n", static_cast<double>(steps) * static_cast<double>(batch) / seconds);
  return 0;
}
