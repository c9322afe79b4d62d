#pragma once
// What is looked at each epoch, without labels: the loss at a fixed batch size on fixed views, and the shape
// of the embeddings (std, effective rank, alignment, uniformity). With --val-data in class folders also kNN.

#include <nlohmann/json.hpp>
#include <vector>

#include "augment/pipeline.hpp"
#include "loss/loss.hpp"
#include "train/device.hpp"
#include "train/model.hpp"
#include "train/pictures.hpp"
#include "train/teacher.hpp"

namespace simclr {

struct Health {
  double loss = 0, chance = 0, floor = 0, top1 = 0;
  double z_std = 0, rank_h = 0, rank_z = 0, alignment = 0, uniformity = 0;
  std::optional<double> knn;
};

nlohmann::ordered_json to_json(const Health& health);

class Monitor {
 public:
  // `pictures`: held out, or the training pictures themselves when nothing was held out. Makes the fixed
  // views once; they take 2 * 1024 views, or about 512 MiB, at most. `use_labels`: for kNN. `classes`: of
  // each picture, for a loss that learns from them (see TrainingStep). `teacher`: for one that learns from
  // its scores, which are taken once; may be null.
  Monitor(const Pictures& pictures, const Pipeline& pipeline, const Plan& plan, int64_t batch, uint64_t seed,
          bool use_labels, const std::vector<int64_t>& classes, const Teacher* teacher);
  Health look(Model& model, const Loss& loss, const std::string& precision, c10::Device device) const;
  int64_t pictures() const { return batch_ * batches_; }

 private:
  at::Tensor views(int64_t batch) const;
  Guide guide(const Loss& loss, int64_t batch, c10::Device device) const;
  std::optional<double> neighbours_score(const std::vector<float>& h, size_t width) const;
  int64_t batch_ = 0, batches_ = 0;
  int size_ = 0, bands_ = 0;
  std::vector<float> views_;               // [batches][2 * batch, size, size, bands]
  std::vector<int32_t> labels_;            // of view 1, empty unless all are labelled
  std::vector<int64_t> classes_of_views_;  // [batches][2 * batch][1, or K], for the loss; may be empty
  size_t classes_ = 0;
  std::vector<at::Tensor> taught_;  // [batches], scores of the teacher
};

}  // namespace simclr
