#include "train/step.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>

#include "optim/gradients.hpp"

namespace simclr {

at::Tensor TrainingStep::views(const Loader::Batch& batch) const {
  const auto rows = static_cast<int64_t>(2 * batch.pictures.size());
  const int64_t bands = static_cast<int64_t>(batch.views.size()) / (rows * batch.size * batch.size);
  // from_blob wants a pointer to non-const; nothing writes through it.
  return at::from_blob(const_cast<float*>(batch.views.data()), {rows, batch.size, batch.size, bands},
                       at::kFloat)
      .permute({0, 3, 1, 2})
      .to(device_);
}

at::Tensor TrainingStep::forward(const at::Tensor& views) {
  const Autocast autocast(precision_, device_);
  return model_.head->forward(model_.encoder->forward(views));
}

// Of both views; undefined for a loss that needs none.
at::Tensor TrainingStep::labels(const Loader::Batch& batch) const {
  if (!loss_.learns_from_labels()) return {};
  const auto images = static_cast<int64_t>(batch.pictures.size());
  const auto width = static_cast<int64_t>(classes_.size() / pictures_);
  at::Tensor labels = at::empty({2 * images, width}, at::kLong);
  auto* to = labels.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < images; ++i) {
    const auto* own = classes_.data() + static_cast<int64_t>(batch.pictures[static_cast<size_t>(i)]) * width;
    std::copy_n(own, width, to + i * width);
    std::copy_n(own, width, to + (i + images) * width);
  }
  return (loss_.learns_from_label_sets() ? labels : labels.flatten()).to(device_);
}

StepValues TrainingStep::operator()(const Loader::Batch& batch, double lr, double progress) {
  StepValues values;
  const at::Tensor x = views(batch);
  at::Tensor taught;
  if (loss_.learns_from_teacher()) taught = teacher_->scores(x);
  values.u = forward(x).to(at::kFloat);
  at::Tensor loss;
  {
    RECORD_FUNCTION("simclr::loss", std::vector<c10::IValue>());
    const LossValue value = loss_(values.u, {labels(batch), progress, taught});
    loss = value.loss;
    values.loss = loss.item<double>();
    values.top1 = value.top1.item<double>();
  }
  if (!std::isfinite(values.loss)) return values;
  for (const auto* role : {&parameters_.weights, &parameters_.excluded})
    for (const auto& parameter : *role) parameter.mutable_grad().reset();
  loss.backward();
  RECORD_FUNCTION("simclr::optimizer", std::vector<c10::IValue>());
  values.gradient_norm = gradient_norm(parameters_);
  if (std::isfinite(values.gradient_norm)) optimizer_.step(lr);
  return values;
}

}  // namespace simclr
