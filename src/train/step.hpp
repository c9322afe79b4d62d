#pragma once
// One step of training: a batch of views -> encoder -> head -> loss -> gradients -> weights.

#include "loss/loss.hpp"
#include "optim/optimizer.hpp"
#include "train/device.hpp"
#include "train/loader.hpp"
#include "train/model.hpp"
#include "train/teacher.hpp"

namespace simclr {

struct StepValues {
  double loss = 0, top1 = 0;
  double gradient_norm = 0;
  at::Tensor u;  // [2N, d] float32, what the loss saw
};

class TrainingStep {
 public:
  // Keeps references to all but the texts. `classes`: of each of the `pictures`, for a loss that learns from
  // labels; of sets of classes a zero or one for each class. `teacher`: for a loss that learns from one.
  TrainingStep(Model& model, const Loss& loss, const Parameters& parameters, Optimizer& optimizer,
               std::string precision, c10::Device device, const std::vector<int64_t>& classes,
               size_t pictures, const Teacher* teacher)
      : model_(model),
        loss_(loss),
        parameters_(parameters),
        optimizer_(optimizer),
        precision_(std::move(precision)),
        device_(device),
        classes_(classes),
        pictures_(pictures),
        teacher_(teacher) {}

  // Where loss or gradient is not finite the step ends before it changes a weight, and says so in its values.
  // `progress`: of the whole training, 0..1.
  StepValues operator()(const Loader::Batch& batch, double lr, double progress);

 private:
  at::Tensor views(const Loader::Batch& batch) const;
  at::Tensor forward(const at::Tensor& views);
  at::Tensor labels(const Loader::Batch& batch) const;
  Model& model_;
  const Loss& loss_;
  const Parameters& parameters_;
  Optimizer& optimizer_;
  std::string precision_;
  c10::Device device_;
  const std::vector<int64_t>& classes_;
  size_t pictures_;
  const Teacher* teacher_;
};

}  // namespace simclr
