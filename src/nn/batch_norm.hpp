#pragma once
// Batch-norm statistics of given pictures: for a network that was never trained (the `random` baseline), or
// whose statistics belong to other data.

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <memory>
#include <vector>

namespace simclr {

void reset_batch_norm(torch::nn::Module& module);  // mean 0, variance 1, no batch seen

// While it lives, every forward pass adds its batch to the running statistics, which end as the plain mean
// over batches (batches count alike: make them of one size): statistics are reset, norms use their batch
// (training mode) and average cumulatively, no gradient is recorded on this thread. Its end restores mode and
// momentum.
class BatchNormStatistics {
 public:
  explicit BatchNormStatistics(torch::nn::Module& module);
  ~BatchNormStatistics();
  BatchNormStatistics(const BatchNormStatistics&) = delete;
  BatchNormStatistics& operator=(const BatchNormStatistics&) = delete;

 private:
  struct Saved;
  std::vector<Saved> saved_;
  at::NoGradGuard no_grad_;
};

}  // namespace simclr
