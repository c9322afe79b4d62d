#include "train/monitor.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "base/threads.hpp"
#include "eval/knn.hpp"
#include "eval/monitors.hpp"

namespace simclr {
namespace {

constexpr uint32_t kFixedEpoch = 0xFFFFFFFF;  // no training epoch: the views never change
constexpr int64_t kMostPictures = 1024, kLargestBatch = 256;
constexpr size_t kMostBytes = size_t{512} << 20;  // of fixed views

void append(std::vector<float>& to, const at::Tensor& rows) {
  const at::Tensor plain = rows.to(at::kCPU, at::kFloat).contiguous();
  to.insert(to.end(), plain.const_data_ptr<float>(), plain.const_data_ptr<float>() + plain.numel());
}

}  // namespace

nlohmann::ordered_json to_json(const Health& health) {
  nlohmann::ordered_json json{
      {"loss", health.loss},     {"chance", health.chance},       {"floor", health.floor},
      {"top1", health.top1},     {"z_std", health.z_std},         {"rank_h", health.rank_h},
      {"rank_z", health.rank_z}, {"alignment", health.alignment}, {"uniformity", health.uniformity}};
  if (health.knn) json["knn"] = *health.knn;
  return json;
}

Monitor::Monitor(const Pictures& pictures, const Pipeline& pipeline, const Plan& plan, int64_t batch,
                 uint64_t seed, bool use_labels, const std::vector<int64_t>& classes, const Teacher* teacher)
    : size_(plan.image_size), bands_(plan.bands) {
  const auto available = static_cast<int64_t>(pictures.size());
  batch_ = std::min({batch, kLargestBatch, available});
  const size_t row = static_cast<size_t>(size_) * static_cast<size_t>(size_) * static_cast<size_t>(bands_);
  const auto fit = static_cast<int64_t>(kMostBytes / (2 * row * sizeof(float)));
  batches_ = std::max<int64_t>(1, std::min({kMostPictures, available, fit}) / batch_);
  const auto n = static_cast<size_t>(batch_ * batches_);
  views_.resize(2 * n * row);
  labels_.resize(n);
  const size_t width = classes.size() / pictures.size();  // numbers of a picture
  classes_of_views_.resize(2 * n * width);
  const std::vector<float> mean(plan.mean.begin(), plan.mean.end()), std(plan.std.begin(), plan.std.end());
  const Permutation order(pictures.size(), derive_seed(seed, "monitor"), 0);
  parallel_for(n, cores(), [&](size_t i) {
    const PictureRef picture = pictures.get(order[i]);
    labels_[i] = pictures.record(picture.index).label;
    const size_t group = i / static_cast<size_t>(batch_), place = i % static_cast<size_t>(batch_);
    for (uint8_t view = 0; view < 2; ++view) {
      const Draw draw{seed, kFixedEpoch, order[i], view};
      const Image made = pipeline.apply(*picture.image, draw, group, size_);
      const size_t at = (2 * group + view) * static_cast<size_t>(batch_) + place;
      normalise_into(made, mean, std, views_.data() + at * row);
      std::copy_n(classes.data() + picture.index * width, width, classes_of_views_.data() + at * width);
    }
  });
  classes_ = pictures.source().classes().size();
  const auto missing = [](int32_t label) { return label < 0; };
  if (!use_labels || std::any_of(labels_.begin(), labels_.end(), missing)) labels_.clear();
  for (int64_t b = 0; teacher != nullptr && b < batches_; ++b) taught_.push_back(teacher->scores(views(b)));
}

at::Tensor Monitor::views(int64_t batch) const {
  const size_t group = views_.size() / static_cast<size_t>(batches_);
  // from_blob wants a pointer to non-const; nothing writes through it.
  auto* data = const_cast<float*>(views_.data()) + static_cast<size_t>(batch) * group;
  return at::from_blob(data, {2 * batch_, size_, size_, bands_}, at::kFloat).permute({0, 3, 1, 2});
}

Guide Monitor::guide(const Loss& loss, int64_t batch, c10::Device device) const {
  Guide guide{{}, 1, {}};
  if (loss.learns_from_teacher()) guide.teacher = taught_[static_cast<size_t>(batch)];
  if (!loss.learns_from_labels()) return guide;
  const auto width = static_cast<int64_t>(classes_of_views_.size()) / (2 * batch_ * batches_);
  auto* own = const_cast<int64_t*>(classes_of_views_.data()) + 2 * batch * batch_ * width;
  const at::Tensor labels = at::from_blob(own, {2 * batch_, width}, at::kLong);
  guide.labels = (loss.learns_from_label_sets() ? labels : labels.flatten()).to(device);
  return guide;
}

Health Monitor::look(Model& model, const Loss& loss, const std::string& precision, c10::Device device) const {
  const c10::InferenceMode guard;
  model.train(false);
  Health health;
  std::vector<float> h, z[2];
  for (int64_t b = 0; b < batches_; ++b) {
    const at::Tensor x = views(b).to(device);
    at::Tensor features, u;
    {
      const Autocast autocast(precision, device);
      features = model.encoder->forward(x);
      u = model.head->forward(features);
    }
    u = u.to(at::kFloat);
    const LossValue value = loss(u, guide(loss, b, device));
    health.loss += value.loss.item<double>() / static_cast<double>(batches_);
    health.top1 += value.top1.item<double>() / static_cast<double>(batches_);
    append(h, features.slice(0, 0, batch_));
    const at::Tensor& embedding = loss.scores_classes() ? features : u;
    append(z[0], embedding.slice(0, 0, batch_));
    append(z[1], embedding.slice(0, batch_, 2 * batch_));
  }
  model.train(true);
  const auto rows = static_cast<size_t>(batch_ * batches_);
  const Table table_h{h, rows, h.size() / rows}, first{z[0], rows, z[0].size() / rows},
      second{z[1], rows, first.width};
  health.chance = loss.chance(batch_);
  health.floor = loss.floor(batch_);
  health.z_std = std_of_unit_rows(first);
  health.rank_h = effective_rank(table_h);
  health.rank_z = effective_rank(first);
  health.alignment = alignment(first, second);
  health.uniformity = uniformity(first);
  health.knn = neighbours_score(h, table_h.width);
  return health;
}

// Half of the labelled pictures look for neighbours in the other half: no training label is needed.
std::optional<double> Monitor::neighbours_score(const std::vector<float>& h, size_t width) const {
  if (labels_.size() < 64 || classes_ < 2) return std::nullopt;
  const size_t half = labels_.size() / 2;
  const std::span<const float> all(h);
  const Table bank{all.first(half * width), half, width},
      queries{all.subspan(half * width, half * width), half, width};
  const auto predicted =
      knn_predict(nearest_neighbours(bank, queries, 20), Labels(labels_).first(half), classes_, 0.1);
  size_t right = 0;
  for (size_t i = 0; i < half; ++i) right += predicted[i] == labels_[half + i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(half);
}

}  // namespace simclr
