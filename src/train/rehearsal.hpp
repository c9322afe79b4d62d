#pragma once
// Training steps of which nothing is kept, from the initial weights and at the full size of the views: what
// --profile and --dry-run measure.

#include "train/loader.hpp"
#include "train/prepare.hpp"
#include "train/step.hpp"

namespace simclr {

class Rehearsal {
 public:
  Rehearsal(const PretrainSettings& settings, Prepared& prepared);
  Loader::Batch next() { return loader_.next(); }
  StepValues step(const Loader::Batch& batch) { return step_(batch, 0, 0); }

 private:
  Model model_;
  Parameters parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  TrainingStep step_;
  Loader loader_;
};

}  // namespace simclr
