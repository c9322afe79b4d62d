#pragma once
// The run that a student learns from (simclr distill), whose head scores classes. It sees the
// very views that the student sees, in evaluation mode, and learns nothing.

#include <ATen/core/Tensor.h>

#include <string>

#include "nn/encoder.hpp"
#include "train/embed.hpp"

namespace simclr {

class Teacher {
 public:
  // For batches of `rows` views. Warns of a run that has not finished. Error(Exit::checkpoint) when there are
  // no weights, Error(Exit::setting) when the run scores no classes.
  Teacher(const std::string& run, int64_t rows, const std::string& precision, c10::Device device);

  // x [N, bands, S, S] normalised -> scores [N, K] float32, without gradient. Other N or S than those of the
  // constructor work, slower.
  at::Tensor scores(const at::Tensor& x) const;

  // Of pictures as they are, without augmentation; bad files are left out.
  at::Tensor scores(const Pictures& pictures) const;

  const Plan& plan() const { return plan_; }
  const Model& model() const { return model_; }
  const std::string& weights_sha256() const { return weights_sha256_; }

 private:
  Plan plan_;
  Model model_;
  FoldedNetwork encoder_;
  std::string precision_, weights_sha256_;
  c10::Device device_;
};

// The classes that a run scores, in the order of its scores. Error(Exit::setting) when it scores none.
const std::vector<std::string>& taught_classes(const Plan& teacher, const std::string& run);

// Whether a picture may have several of them.
bool scores_label_sets(const Plan& plan);

}  // namespace simclr
