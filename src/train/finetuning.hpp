#pragma once
// What fine-tuning (simclr finetune) adds to training: a network that starts from that of a run, of which a
// part may stay as it is. SimCLR's section 5.2 and appendix B.7; from a layer of the head: SimCLRv2
// section 2.2.

#include <string>

#include "loss/loss.hpp"
#include "train/model.hpp"
#include "train/settings.hpp"
#include "train/trained_classes.hpp"

namespace simclr {

// Error(Exit::setting) where settings of fine-tuning or distillation are given to a training that is none,
// and where the loss needs a teacher that is not there.
void check_finetuning(const PretrainSettings& settings, const Loss& loss);

// What would end the run only once it has begun: Error(Exit::data) for --test-data without a picture of these
// classes, Error(Exit::setting) for a --positive that is none of them and for more blocks to train than the
// encoder has, Error(Exit::checkpoint) where the run has no weights to start from (a teacher is met, and
// looked at, later).
void check_start(const PretrainSettings& settings, const TrainedClasses& classes, const Encoder& encoder);

// --loss, canonical; auto: SimCLR's, or of a fine-tuning by the labels.
std::string loss_text(const PretrainSettings& settings, bool multi_label);

// --head; auto: as the loss needs it, or a classifier where the run fine-tunes.
std::string head_text(const PretrainSettings& settings, const Loss& loss, size_t classes);

// Mean and standard deviation of the run that is fine-tuned or teaches: the network sees pictures as it
// learnt them. Error(Exit::data) for another number of bands.
void take_statistics_of_run(Plan& plan, const PretrainSettings& settings);

// Of how many layers of the run's head the network keeps: 0 for "h", 1 for "g1". Error(Exit::setting) unless
// the head has them before its last.
size_t kept_layers(const std::string& from, const std::string& head);

// The head text of a classifier on top of those layers: "linear(out=2)", "mlp(layers=2,hidden=512,out=2)".
// `classifier`: "linear", or "mlp" with arguments, without out.
std::string classifier_head(const PretrainSettings& settings, const std::string& run_head, size_t classes);

// Weights of the newest checkpoint of the run --init for the encoder and the layers of the head that are kept
// (untrained ones --from-scratch), and zeros for the last layer. Error(Exit::checkpoint) when they don't fit.
void start_from_run(Model& model, const PretrainSettings& settings);

// All but the last `--unfreeze` blocks of the encoder get no gradient from now on, and their batch norms keep
// the statistics they have; with 0 the same goes for layers of the head that are kept.
void freeze(Model& model, const PretrainSettings& settings);

}  // namespace simclr
