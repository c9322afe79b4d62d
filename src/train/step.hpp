#pragma once
// One step of training: a batch of views -> encoder -> head -> loss -> gradients -> weights.

#include "loss/loss.hpp"
#include "optim/optimizer.hpp"
#include "train/device.hpp"
#include "train/loader.hpp"
#include "train/model.hpp"

namespace simclr {

struct StepValues {
  double loss = 0, top1 = 0;
  double gradient_norm = 0;
  at::Tensor u;  // [2N, d] float32, what the loss saw
};

class TrainingStep {
 public:
  // Keeps references to all but the texts.
  TrainingStep(Model& model, const Loss& loss, const Parameters& parameters, Optimizer& optimizer,
               std::string precision, c10::Device device)
      : model_(model),
        loss_(loss),
        parameters_(parameters),
        optimizer_(optimizer),
        precision_(std::move(precision)),
        device_(device) {}

  // Where loss or gradient is not finite the step ends before it changes a weight, and says so in its values.
  StepValues operator()(const Loader::Batch& batch, double lr);

 private:
  at::Tensor forward(const Loader::Batch& batch);
  Model& model_;
  const Loss& loss_;
  const Parameters& parameters_;
  Optimizer& optimizer_;
  std::string precision_;
  c10::Device device_;
};

}  // namespace simclr
