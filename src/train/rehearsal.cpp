#include "train/rehearsal.hpp"

#include "train/finetuning.hpp"

namespace simclr {
namespace {

Model model_to_train(const PretrainSettings& settings, const Prepared& prepared) {
  Model model = make_model(prepared.plan, static_cast<uint64_t>(settings.seed));
  model.encoder->to(prepared.device);
  model.head->to(prepared.device);
  if (!settings.init.empty()) freeze(model, settings);
  model.train(true);
  return model;
}

}  // namespace

Rehearsal::Rehearsal(const PretrainSettings& settings, Prepared& prepared)
    : model_(model_to_train(settings, prepared)),
      parameters_(model_.parameters()),
      optimizer_(make_optimizer(prepared.plan.optimizer, parameters_, prepared.plan.weight_decay)),
      step_(model_, *prepared.loss, parameters_, *optimizer_, prepared.plan.precision, prepared.device,
            prepared.classes, prepared.pictures->size(), prepared.teacher.get()),
      loader_(*prepared.pictures, *prepared.pipeline, loader_options(settings, prepared.plan)) {}

}  // namespace simclr
