#include "train/teacher.hpp"

#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "loss/loss.hpp"
#include "train/checkpoint.hpp"
#include "train/run_inputs.hpp"

namespace simclr {

bool scores_label_sets(const Plan& plan) {
  return make_loss(plan.loss)->learns_from_label_sets();
}

const std::vector<std::string>& taught_classes(const Plan& teacher, const std::string& run) {
  // ArcFace's cosines are no scores of a softmax.
  const bool probable = teacher.loss == "softmax" || teacher.loss == "sigmoid" ||
                        make_loss(teacher.loss)->learns_from_teacher();
  if (!probable || teacher.outputs.empty())
    throw Error(
        Exit::setting, printable(run) + " gives no probabilities of classes, so it can't teach.",
        "Fine-tune it first: simclr finetune " + printable(run) + " --train labelled/ --out runs/teacher");
  return teacher.outputs;
}

Teacher::Teacher(const std::string& run, int64_t rows, const std::string& precision, c10::Device device)
    : plan_(read_plan(open_run(run))), precision_(precision), device_(device) {
  taught_classes(plan_, run);
  const Checkpoint newest = intact_checkpoint(open_run(run));
  if (newest.step < plan_.total_steps && !std::filesystem::exists(open_run(run).summary()))
    log_warning(printable(run) + " has not finished: it teaches as it is after step " +
                std::to_string(newest.step) + ".");
  weights_sha256_ = newest.weights_sha256;
  model_ = load_model(newest, plan_);
  for (torch::nn::Module* network : {static_cast<torch::nn::Module*>(model_.encoder.get()),
                                     static_cast<torch::nn::Module*>(model_.head.get())}) {
    network->eval();
    network->to(device);
  }
  if (!device.is_cpu()) return;
  const c10::InferenceMode guard;
  encoder_ = model_.encoder->folded(precision == "bf16" ? at::kBFloat16 : at::kFloat,
                                    {rows, plan_.bands, plan_.image_size, plan_.image_size});
}

at::Tensor Teacher::scores(const at::Tensor& x) const {
  at::Tensor result;
  {
    const c10::InferenceMode guard;
    const Autocast autocast(precision_, device_);
    const at::Tensor h = encoder_ ? encoder_(x.to(precision_ == "bf16" ? at::kBFloat16 : at::kFloat))
                                  : model_.encoder->forward(x.to(device_));
    result = model_.head->forward(h).to(at::kFloat);
  }
  return result.clone();  // what inference mode made can't be saved for a gradient
}

at::Tensor Teacher::scores(const Pictures& pictures) const {
  EmbedOptions options;
  options.layer = "u";
  options.precision = precision_;
  options.device = device_;
  const Features all = embed(model_, plan_, pictures, options);
  return at::from_blob(const_cast<float*>(all.values.data()),
                       {static_cast<int64_t>(all.rows.size()), static_cast<int64_t>(all.width)}, at::kFloat)
      .clone();
}

}  // namespace simclr
